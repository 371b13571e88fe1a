"""What no block took for too long leaves, and an idle node does not ask its disk about nothing."""

import pytest

from p2pchain.node import expiry as module
from p2pchain.node.actions import ExpirePending, Report
from p2pchain.node.events import Now, PendingExpired, StoreFailed
from p2pchain.node.expiry import Expiry
from p2pchain.node.limits import EXPIRY_LOOK_MS, PENDING_AGE_MAX_MS
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.ports import StoredPending
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.stage import Stage

BUILDER = ChainBuilder(simulated_network(), 1)
WALL_MS = 10 * PENDING_AGE_MAX_MS


class Desk:
    """An expiry, whose clock a test turns by hand."""

    def __init__(self, count: int) -> None:
        self.outbox = Outbox()
        self.timers = Timers()
        self.health = StoreHealth(self.outbox, self.timers)
        self.records = [BUILDER.record() for _ in range(count)]
        placed = [StoredPending(place, each) for place, each in enumerate(self.records)]
        self.mempool = Mempool(placed, waiting=1)
        self.expiry = Expiry(self.mempool, self.health, self.outbox, self.timers, Now(WALL_MS, 0))

    def asked(self, ticks_ms: int) -> list[ExpirePending]:
        self.timers.run(Now(WALL_MS + ticks_ms, ticks_ms))
        self.expiry.settle(Now(WALL_MS + ticks_ms, ticks_ms))
        found = [action for action in self.outbox if isinstance(action, ExpirePending)]
        self.outbox.clear()
        return found


def test_it_looks_at_the_start_and_then_now_and_again() -> None:
    desk = Desk(1)
    assert desk.asked(0) == [ExpirePending(1, WALL_MS - PENDING_AGE_MAX_MS)]
    desk.expiry.expired(PendingExpired(1, (), 0), Now(WALL_MS, 0))
    assert not [action for action in desk.outbox if isinstance(action, Report)]
    assert desk.asked(EXPIRY_LOOK_MS - 1) == []
    assert len(desk.asked(EXPIRY_LOOK_MS)) == 1
    assert desk.asked(2 * EXPIRY_LOOK_MS) == []


def test_it_does_not_look_while_nothing_is_pending() -> None:
    desk = Desk(1)
    desk.expiry.expired(PendingExpired(desk.asked(0)[0].job, (), 0), Now(WALL_MS, 0))
    desk.mempool.remove([desk.records[0].txid, bytes(32)])
    assert desk.asked(EXPIRY_LOOK_MS) == []
    assert desk.timers.wakes_at() is None
    desk.mempool.waiting = 1
    assert desk.asked(EXPIRY_LOOK_MS + 5) == []
    assert desk.timers.wakes_at() == 2 * EXPIRY_LOOK_MS + 5
    assert len(desk.asked(2 * EXPIRY_LOOK_MS + 5)) == 1


def test_what_has_expired_leaves_the_memory_too_and_there_may_be_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EXPIRED_PER_COMMIT", 2)
    desk = Desk(1)
    (first,) = desk.asked(0)
    gone = PendingExpired(first.job, (desk.records[0].txid, bytes(32)), 7)
    desk.expiry.expired(gone, Now(WALL_MS, 0))
    assert desk.mempool.total == 0
    assert [action.text for action in desk.outbox if isinstance(action, Report)] == [
        "2 pending for more than 336 h are let go of"
    ]
    assert [action.job for action in desk.outbox if isinstance(action, ExpirePending)] == [2]
    desk.expiry.expired(PendingExpired(2, (), 7), Now(WALL_MS, 0))
    desk.outbox.clear()
    assert desk.asked(EXPIRY_LOOK_MS) == []


def test_a_disk_that_refuses_is_asked_at_the_next_look() -> None:
    desk = Desk(1)
    (first,) = desk.asked(0)
    failed = StoreFailed("store_full", "no room", transient=True, jobs=(first.job,))
    desk.expiry.store_failed(StoreFailed("store_full", "no room", transient=True, jobs=()))
    desk.expiry.store_failed(failed)
    desk.health.state = "store_full"
    assert desk.asked(EXPIRY_LOOK_MS) == []
    desk.health.state = "ok"
    assert len(desk.asked(2 * EXPIRY_LOOK_MS)) == 1


def test_a_node_lets_go_of_what_grew_old_through_a_restart(stage: Stage) -> None:
    host = stage.host()
    old, young = stage.builder.record(), stage.builder.record()
    host.submit(old)
    stage.world.run_until(1_000)
    host.crash()
    stage.world.run_until(PENDING_AGE_MAX_MS - EXPIRY_LOOK_MS)
    host.boot()
    host.submit(young)
    stage.world.run_until(PENDING_AGE_MAX_MS - 1)
    assert host.disk.pending() == [old, young]
    stage.world.run_until(PENDING_AGE_MAX_MS + 2 * EXPIRY_LOOK_MS)
    assert host.disk.pending() == [young]
    last = host.disk.load_events(0, 100)[-1]
    assert (last.kind, b"expired" in last.data, old.txid in last.data) == ("evicted", True, True)
    assert host.node.status(host.now()).pending == 1
