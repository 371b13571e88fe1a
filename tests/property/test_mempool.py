"""What is pending keeps its bounds and its order, and leaves only for a reason, whatever happens to whom."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.transaction import Transaction
from p2pchain.node import backlog as backlog_module
from p2pchain.node import mempool as mempool_module
from p2pchain.node import room as room_module
from p2pchain.node.actions import LoadPending
from p2pchain.node.backlog import Backlog
from p2pchain.node.density import Pending, step_of
from p2pchain.node.events import Now, PendingLoaded, Stored
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.ports import Returned
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers
from p2pchain.sim import disk as disk_module
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk

COUNT_MAX, SLICE = 8, 3
AUTHOR_MAX = 4
NOW = Now(0, 0)
BYTES_MAX = 6_000
BUILDERS = [ChainBuilder(simulated_network(), seed) for seed in range(3)]
RECORDS = [
    BUILDERS[number % 3].record(bytes(BUILDERS[0].rng.choice((16, 16, 300, 1_500)))) for number in range(300)
]


@pytest.fixture(autouse=True, scope="module")
def small_bounds() -> Iterator[None]:
    """Have room for a few, and slices of fewer."""
    bounds = {
        "MEMPOOL_COUNT_MAX": COUNT_MAX,
        "MEMPOOL_BYTES_MAX": BYTES_MAX,
        "MEMPOOL_AUTHOR_COUNT_MAX": AUTHOR_MAX,
        "PENDING_SLICE_COUNT": SLICE,
        "PENDING_PER_TURN": 2,
        "SWEPT_PER_TURN": 1,
        "PENDING_SLICE_BYTES": 4_000,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, bound in bounds.items():
            for module in (room_module, disk_module, backlog_module, mempool_module):
                if hasattr(module, name):
                    patch.setattr(module, name, bound)
        yield


@dataclass(frozen=True)
class Candidate:
    """A newcomer on its way to the disk, and who has to leave for it."""

    transaction: Transaction
    victims: tuple[Pending, ...]


class Game:
    """A mempool beside a disk that does things in order, and what anyone was promised."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.disk = Disk(BUILDERS[0].network)
        self.fresh = self.rng.sample(RECORDS, len(RECORDS))
        self.under_way: list[Candidate] = []
        self.blocks: list[tuple[bytes, tuple[Transaction, ...]]] = []
        self.acknowledged: set[bytes] = set()
        self.parent = BUILDERS[0].genesis
        self.start()

    def start(self) -> None:
        """Start from what is on disk; what was under way is lost, and nobody was told of it."""
        restored = self.disk.restore()
        self.outbox = Outbox()
        waiting = restored.pending_count - len(restored.pending)
        self.mempool = Mempool(restored.pending, waiting)
        self.timers = Timers()
        health = StoreHealth(self.outbox, self.timers)
        self.backlog = Backlog(restored.pending, self.mempool, health, self.outbox, self.timers)
        self.under_way.clear()

    def come_in(self) -> None:
        """Have a newcomer claim room, and hold the answer against a slow and obvious one."""
        transaction = self.fresh.pop()
        room = self.mempool.room
        if self.mempool.is_full_for(transaction.author):
            mine = [each for each in self.counted() if each.author == transaction.author]
            assert len(mine) >= AUTHOR_MAX
            return
        leaving = {victim.sequence for each in self.under_way for victim in each.victims}
        victims = self.mempool.claim(transaction)
        before = (room.count, room.size)  # what was to be swept counts no more, where it mattered
        if victims is not None:
            freed = sum(each.transaction.size for each in victims)
            kept = min(transaction.size, freed) - transaction.size
            before = (room.count - 1 + bool(victims), room.size + kept)
        assert victims is None or not {victim.sequence for victim in victims} & leaving
        self.check_choice(transaction, victims, leaving, before)
        if victims is not None:
            self.under_way.append(Candidate(transaction, victims))

    def check_choice(
        self,
        transaction: Transaction,
        victims: tuple[Pending, ...] | None,
        leaving: set[int],
        before: tuple[int, int],
    ) -> None:
        """The newcomer had room, or the least dense leave, newest of a step first, and no more than it takes."""
        order = sorted(
            (each for each in self.mempool if each.sequence not in leaving),
            key=lambda each: each.step,
        )
        lower = [each for each in order if each.step < step_of(transaction)]
        count_over = min(1, before[0] + 1 - COUNT_MAX)
        size_over = min(transaction.size, before[1] + transaction.size - BYTES_MAX)
        if victims is None:
            assert max(count_over, size_over) > 0
            size = sum(each.transaction.size for each in lower)
            assert size < size_over or len(lower) < count_over
            return
        if count_over <= 0 and size_over <= 0:
            assert victims == ()
            return
        assert [each.step for each in victims] == [each.step for each in lower[: len(victims)]]
        freed = [each.transaction.size for each in victims]
        assert len(freed) >= count_over
        assert sum(freed) >= size_over
        assert len(freed) == 1 or len(freed) - 1 < count_over or sum(freed[:-1]) < size_over
        stay = {each.sequence for each in order} - {each.sequence for each in victims}
        for victim in victims:
            kin = [
                each
                for each in order
                if each.sequence in stay
                and (each.step, each.transaction.author) == (victim.step, victim.transaction.author)
                and (each.place is None) == (victim.place is None)
            ]
            assert all(each.sequence < victim.sequence or each.place is not None for each in kin)

    def counted(self) -> list[Transaction]:
        """List all that a bound counts: what is there, what is on its way, and whose room that has claimed."""
        there = {each.sequence: each.transaction for each in self.mempool}
        there |= {each.sequence: each.transaction for way in self.under_way for each in way.victims}
        return [*there.values(), *(each.transaction for each in self.under_way)]

    def fail(self) -> None:
        """Have a newcomer come to nothing: forged, or the disk was full."""
        if self.under_way:
            lost = self.under_way.pop(self.rng.randrange(len(self.under_way)))
            self.mempool.release(lost.transaction, lost.victims)

    def store(self, *, told: bool = True) -> None:
        """Have some get onto the disk in one commit; or have the power cut before anyone is told."""
        job = self.under_way[: self.rng.randint(1, 4)]
        displaced = tuple(
            (each.transaction.txid, tuple(victim.transaction.txid for victim in each.victims)) for each in job
        )
        outcomes, evicted = self.disk.store_pending(tuple(each.transaction for each in job), displaced, 0)
        if not told:
            self.start()
            return
        del self.under_way[: len(job)]
        self.mempool.remove(evicted)
        for each, outcome in zip(job, outcomes, strict=True):
            assert outcome is Stored.ACCEPTED
            self.mempool.add(each.transaction, None, each.victims)
            self.acknowledged.add(each.transaction.txid)

    def crash(self) -> None:
        if self.under_way and self.rng.random() < 0.5:
            self.store(told=False)
        else:
            self.start()

    def mine(self) -> None:
        """Connect a block of some that are pending, in memory or not."""
        pending = self.disk.pending()
        chosen = tuple(self.rng.sample(pending, min(len(pending), self.rng.randint(0, 5))))
        block_hash = self.rng.randbytes(32)
        self.disk._pending.drop(each.txid for each in chosen)
        self.disk._place.update({each.txid: 1 for each in chosen})
        self.blocks.append((block_hash, chosen))
        self.mempool.remove(each.txid for each in chosen)
        self.timers.in_slices(self.mempool.sweep(), lambda *_: None, NOW)

    def undo(self) -> None:
        """Take some blocks off again: what they held is pending, the oldest first."""
        count = self.rng.randint(1, 3)
        returned = [each for _, block in self.blocks[-count:] for each in block]
        del self.blocks[-count:]
        for each in returned:
            del self.disk._place[each.txid]
        self.disk._pending.put_back(returned, 0)
        first = self.disk.load_pending(-(10**6))[: len(returned)]
        self.backlog.returned(Returned(len(returned), first), NOW)

    def load(self) -> None:
        """Let the backlog take in some of what it has, ask for a slice, and have an answer."""
        self.timers.step(NOW)
        self.backlog.settle()
        for action in self.outbox.drain():
            assert isinstance(action, LoadPending)
            self.backlog.loaded(PendingLoaded(action.job, self.disk.load_pending(action.place)), NOW)

    def check(self) -> None:
        room, mempool = self.mempool.room, self.mempool
        there = [each.transaction for each in mempool]
        assert len(there) <= room.count <= COUNT_MAX + SLICE
        assert sum(each.size for each in there) <= room.size <= BYTES_MAX + 4_000
        assert mempool.size == sum(each.size for each in there)
        on_disk = self.disk.pending()
        assert {each.txid for each in there} <= {each.txid for each in on_disk}
        assert mempool.total == len(on_disk)
        older = [each.transaction for each in mempool if each.place is not None]
        newer = [each.transaction for each in mempool if each.place is None]
        in_order = [each for each in on_disk if each in older]
        assert list(mempool.for_template()) == in_order + newer
        self.check_nothing_is_lost(on_disk)

    def check_nothing_is_lost(self, on_disk: list[Transaction]) -> None:
        """Whoever was acknowledged is pending, in the chain, or was evicted by a numbered event."""
        events = self.disk.load_events(0, 10**6)
        evicted = {msgpack.unpackb(event.data)["txid"] for event in events if event.kind == "evicted"}
        chained = {each.txid for _, block in self.blocks for each in block}
        assert self.acknowledged <= {each.txid for each in on_disk} | chained | evicted
        assert not evicted & ({each.txid for each in on_disk} | chained)

    def settle(self) -> None:
        """Let everything that is under way end, and take all that waits as blocks make room."""
        while self.under_way:
            self.store()
        while self.mempool.waiting or len(self.mempool):
            self.load()
            while self.timers.wakes_at() is not None:
                self.timers.step(NOW)
            self.check()
            gone = [each.transaction.txid for each in self.mempool][:2]
            assert gone
            self.disk._pending.drop(gone)
            self.acknowledged -= set(gone)
            self.mempool.remove(gone)
        list(self.mempool.sweep())


@given(st.integers(0, 2**32), st.integers(10, 80))
def test_bounds_hold_the_least_dense_leave_and_nothing_is_lost(seed: int, steps: int) -> None:
    game = Game(seed)
    kinds = [game.come_in] * 6 + [game.store] * 3 + [game.fail, game.crash, game.mine, game.undo, game.load]
    for _ in range(steps):
        kind = game.rng.choice(kinds)
        if kind != game.store or game.under_way:
            kind()
        game.check()
    game.settle()
    room = game.mempool.room
    assert (room.count, room.size, room._authors, room._leaving) == (0, 0, {}, set())


def test_the_game_has_what_it_plays_for() -> None:
    """Evictions, refusals, waiting and loads all happen in it."""
    seen = Counter[str]()
    for seed in range(30):
        game = Game(seed)
        for _ in range(60):
            game.come_in()
            if game.under_way:
                game.store()
            if game.rng.random() < 0.2:
                game.mine()
            if game.rng.random() < 0.1:
                game.undo()
            seen["waiting"] += game.mempool.waiting
        seen["evicted"] += sum(event.kind == "evicted" for event in game.disk.load_events(0, 10**6))
    assert seen["waiting"] > 100
    assert seen["evicted"] > 100
