"""What is pending on disk only comes into memory in order, as there is room, whatever returns meanwhile."""

from collections.abc import Sequence

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node import backlog as backlog_module
from p2pchain.node import mempool as mempool_module
from p2pchain.node import room as room_module
from p2pchain.node.actions import LoadPending
from p2pchain.node.backlog import Backlog
from p2pchain.node.events import Now, PendingLoaded, StoreFailed
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.ports import Returned, StoredPending
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

NOW = Now(0, 0)
BUILDER = ChainBuilder(simulated_network(), 1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have room for four, and a slice of two on top."""
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 4)
    monkeypatch.setattr(room_module, "PENDING_SLICE_COUNT", 2)


def placed(count: int, first: int) -> tuple[StoredPending, ...]:
    return tuple(StoredPending(first + offset, BUILDER.record()) for offset in range(count))


def transactions(found: Sequence[StoredPending]) -> list[Transaction]:
    return [each.transaction for each in found]


class Desk:
    """A backlog whose disk a test plays by hand."""

    def __init__(self, restored: tuple[StoredPending, ...] = (), waiting: int = 0) -> None:
        self.outbox = Outbox()
        self.health = StoreHealth(self.outbox, Timers())
        self.mempool = Mempool(restored, waiting)
        self.timers = Timers()
        self.backlog = Backlog(restored, self.mempool, self.health, self.outbox, self.timers)

    def take(self) -> None:
        """Let it take in what is in hand, a turn after the other."""
        while self.timers.wakes_at() is not None:
            self.timers.step(NOW)

    def asked(self) -> list[int]:
        """Let it ask, and tell from which place."""
        self.take()
        self.backlog.settle()
        found = [action for action in self.outbox if isinstance(action, LoadPending)]
        self.outbox.clear()
        self.jobs = [action.job for action in found]
        return [action.place for action in found]

    def answer(self, *found: StoredPending) -> None:
        self.backlog.loaded(PendingLoaded(self.jobs[0], found), NOW)
        self.take()

    def give_back(self, count: int, first: tuple[StoredPending, ...]) -> None:
        self.backlog.returned(Returned(count, first), NOW)
        self.take()

    def block_takes(self, found: Sequence[StoredPending]) -> None:
        self.mempool.remove(each.transaction.txid for each in found)


def test_nothing_is_asked_where_nothing_waits() -> None:
    desk = Desk(placed(2, 1))
    assert desk.asked() == []


def test_a_start_goes_on_behind_what_it_has_taken() -> None:
    disk = placed(9, 1)
    desk = Desk(disk[:4], 5)
    assert desk.asked() == [5]
    desk.answer(*disk[4:6])
    assert (len(desk.mempool), desk.mempool.waiting) == (6, 3)
    assert desk.asked() == []
    desk.block_takes(disk[:2])
    assert desk.asked() == [7]
    desk.block_takes(disk[2:4])
    desk.answer(*disk[6:8])
    assert desk.asked() == [9]
    desk.answer(disk[8])
    assert desk.mempool.waiting == 0
    desk.block_takes(disk[4:6])
    assert desk.asked() == []
    assert list(desk.mempool.for_template()) == transactions(disk[6:])


def test_a_reorganisation_gives_the_first_at_once_and_the_others_later() -> None:
    desk = Desk()
    disk = placed(9, -8)
    desk.give_back(9, disk[:3])
    assert (len(desk.mempool), desk.mempool.waiting) == (3, 6)
    assert desk.asked() == [-5]
    desk.answer(*disk[3:5])
    assert list(desk.mempool.for_template()) == transactions(disk[:5])


def test_a_reorganisation_that_returns_nothing_changes_nothing() -> None:
    desk = Desk(placed(4, 1), 1)
    desk.give_back(0, ())
    assert (len(desk.mempool), desk.mempool.waiting, desk.asked()) == (4, 1, [5])


def test_of_two_that_return_more_than_was_read_the_older_is_read_on_first() -> None:
    desk = Desk()
    later, older = placed(4, 20), placed(3, 10)
    desk.give_back(4, later[:2])
    desk.give_back(3, older[:2])
    assert desk.asked() == [12]
    desk.answer(older[2], later[0])
    desk.block_takes(older)
    assert desk.asked() == [21]
    desk.answer(*later[1:])
    assert list(desk.mempool.for_template()) == transactions(later)
    assert desk.mempool.waiting == 0


def test_where_all_that_returned_finds_room_nothing_waits() -> None:
    desk = Desk(placed(1, 10))
    disk = placed(3, 5)
    desk.give_back(3, disk)
    assert (len(desk.mempool), desk.mempool.waiting) == (4, 0)
    assert desk.asked() == []


def test_what_finds_no_room_waits_from_there_on() -> None:
    desk = Desk(placed(4, 10))
    disk = placed(5, 5)
    desk.give_back(5, disk)
    assert (len(desk.mempool), desk.mempool.waiting) == (6, 3)
    desk.block_takes(disk[:2])
    assert desk.asked() == [7]


def test_what_comes_to_wait_before_a_slice_that_is_being_read_is_not_passed_over() -> None:
    later = placed(6, 100)
    desk = Desk(later[:4], 2)
    assert desk.asked() == [104]
    older = placed(4, 50)
    desk.give_back(4, older)
    desk.answer(*later[4:])
    assert (len(desk.mempool), desk.mempool.waiting) == (6, 4)
    desk.block_takes(later[:2])
    assert desk.asked() == [52]
    desk.answer(*older[2:])
    desk.block_takes(older)
    assert desk.asked() == [54]
    desk.answer(*later[2:])
    assert desk.mempool.waiting == 0
    assert len(desk.mempool) == 4


def test_what_leaves_while_it_waits_is_not_waited_for() -> None:
    disk = placed(6, 1)
    desk = Desk(disk[:4], 2)
    assert desk.asked() == [5]
    desk.block_takes(disk[4:])
    desk.answer()
    assert (desk.mempool.waiting, desk.asked()) == (0, [])


def test_what_is_in_hand_goes_in_some_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "PENDING_PER_TURN", 2)
    desk = Desk()
    disk = placed(6, 1)
    desk.backlog.returned(Returned(6, disk[:5]), NOW)
    seen = [len(desk.mempool)]
    while desk.backlog.is_in_hand:
        desk.backlog.settle()
        desk.timers.step(NOW)
        seen.append(len(desk.mempool))
    assert seen == [2, 4, 5]
    desk.block_takes(disk[:1])
    assert desk.asked() == [6]
    desk.answer(disk[5])
    assert list(desk.mempool.for_template()) == transactions(disk[1:])


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_what_is_in_hand_when_something_leaves_is_read_again(
    monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setattr(backlog_module, "PENDING_PER_TURN", 2)
    desk = Desk()
    disk = placed(5, 1)
    desk.backlog.returned(Returned(5, disk), NOW)
    desk.block_takes(disk[taken : taken + 1])
    left = [each for each in disk if each is not disk[taken]]
    assert desk.asked() == [3]
    desk.answer(*(each for each in left if each.place >= 3))
    assert list(desk.mempool.for_template()) == transactions(left)
    assert (desk.mempool.waiting, desk.asked()) == (0, [])


def test_what_is_read_again_because_something_left_counts_as_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is being read: nobody waits for what there is no room for, nor for a disk that fails."""
    monkeypatch.setattr(backlog_module, "PENDING_PER_TURN", 2)
    desk = Desk()
    disk = placed(4, 1)
    desk.backlog.returned(Returned(4, disk), NOW)
    desk.block_takes(disk[:1])
    assert desk.asked() == [3]
    seen = [desk.backlog.is_in_hand]
    desk.backlog.store_failed(StoreFailed("store_full", "no room", transient=True, jobs=(desk.jobs[0],)))
    seen.append(desk.backlog.is_in_hand)
    assert desk.asked() == [3]
    desk.answer(*disk[2:])
    seen.append(desk.backlog.is_in_hand)
    assert list(desk.mempool.for_template()) == transactions(disk[1:])
    desk.mempool.waiting += 1
    assert desk.asked() == [5]
    seen.append(desk.backlog.is_in_hand)
    assert seen == [True, False, False, False]


def test_room_that_is_not_swept_up_yet_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mempool_module, "SWEPT_PER_TURN", 1)
    disk = placed(7, 1)
    desk = Desk(disk[:6], 1)
    assert (len(desk.mempool), desk.asked()) == (6, [])
    desk.block_takes(disk[:4])
    assert desk.asked() == [7]


def test_what_returns_while_something_is_in_hand_does_not_lose_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "PENDING_PER_TURN", 1)
    desk = Desk()
    later, older = placed(2, 10), placed(2, 5)
    desk.backlog.returned(Returned(2, later), NOW)
    desk.give_back(2, older)
    assert desk.asked() == [11]
    desk.answer(later[1])
    assert list(desk.mempool.for_template()) == transactions(older + later)
    assert desk.mempool.waiting == 0


def test_a_disk_that_is_full_is_asked_again_later() -> None:
    disk = placed(5, 1)
    desk = Desk(disk[:4], 1)
    desk.asked()
    failed = StoreFailed("store_full", "no room", transient=True, jobs=(77,))
    desk.backlog.store_failed(failed)
    assert desk.asked() == []
    job = 1
    failed = StoreFailed("store_full", "no room", transient=True, jobs=(job,))
    desk.health.failed(failed, Now(0, 0))
    desk.backlog.store_failed(failed)
    assert desk.asked() == []
    desk.health.state = "ok"
    assert desk.asked() == [5]


def test_an_answer_that_nobody_asked_for_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="answered once"):
        Desk().backlog.loaded(PendingLoaded(1, ()), NOW)
