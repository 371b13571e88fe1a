"""A disk at work: it loses what was not synced, keeps a commit whole, and says so when it is full."""

import pytest

from p2pchain.node.actions import (
    CommitChain,
    ExpirePending,
    FillContents,
    ForgetContents,
    LoadBlocks,
    LoadContents,
    LoadEvents,
    LoadPending,
    LoadProof,
    ProbeStore,
    StagedBlock,
    StorePending,
)
from p2pchain.node.events import (
    BlocksLoaded,
    ChainCommitted,
    CommitRefused,
    ContentsForgotten,
    ContentsLoaded,
    Event,
    EventsLoaded,
    PendingExpired,
    PendingLoaded,
    PendingStored,
    ProofLoaded,
    Stored,
    StoreFailed,
    StoreRecovered,
    Unproven,
)
from p2pchain.node.ports import Returned
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.disk import Disk
from p2pchain.sim.life import Life
from p2pchain.sim.shape import simulated_network
from p2pchain.sim.storage import COMMIT_MS, GROUP_MAX, READ_MS, TELL_MS, Storage, WriteAction
from p2pchain.sim.world import World

DONE_MS = COMMIT_MS[1] + TELL_MS


class Machine:
    """A disk, and a program that uses it and keeps what it is told."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.builder = ChainBuilder(simulated_network(), 1)
        self.disk = Disk(self.builder.network)
        self.full = False
        self.told: list[Event] = []
        self.start()

    def start(self) -> None:
        self.life = Life(self.world)
        self.storage = Storage(self.life, self.disk, lambda: self.full, self.told.append)

    def keep(self, job: int = 1) -> StorePending:
        return StorePending(job, (self.builder.record(),), (), 0)

    def jobs_told(self) -> list[int]:
        return [event.job for event in self.told if isinstance(event, PendingStored)]


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_what_is_written_is_on_disk_after_a_commit_and_told_after_that(machine: Machine) -> None:
    machine.storage.write(machine.keep(7))
    assert machine.storage.queued == 1
    machine.world.run_until_true(lambda: bool(machine.disk.pending()), DONE_MS, 1)
    assert COMMIT_MS[0] <= machine.world.ticks_ms <= COMMIT_MS[1]
    assert machine.told == []
    machine.world.run_for(TELL_MS)
    assert machine.told == [PendingStored(7, (Stored.ACCEPTED,), (), 1)]
    assert machine.storage.queued == 0


def test_what_is_queued_meanwhile_is_the_next_commit_in_order(machine: Machine) -> None:
    for job in range(GROUP_MAX + 2):
        machine.storage.write(machine.keep(job))
    assert machine.storage.queued == GROUP_MAX + 2
    machine.world.run_until_true(lambda: bool(machine.disk.pending()), DONE_MS, 1)
    assert len(machine.disk.pending()) == 1
    machine.world.run_until_true(lambda: len(machine.disk.pending()) > 1, DONE_MS, 1)
    assert len(machine.disk.pending()) == 1 + GROUP_MAX
    machine.world.run_for(2 * DONE_MS)
    assert machine.jobs_told() == list(range(GROUP_MAX + 2))


def test_a_crash_loses_what_was_not_committed_and_tells_nobody_what_was(machine: Machine) -> None:
    machine.storage.write(machine.keep())
    machine.life.alive = False
    machine.world.run_for(DONE_MS)
    assert machine.disk.pending() == []

    machine.start()
    machine.storage.write(machine.keep())
    machine.world.run_until_true(lambda: bool(machine.disk.pending()), DONE_MS, 1)
    machine.life.alive = False
    machine.world.run_for(DONE_MS)
    assert len(machine.disk.pending()) == 1
    assert machine.told == []


def test_a_power_cut_keeps_the_commit_under_way_whole_or_not_at_all_and_nothing_behind_it() -> None:
    kept = []
    for seed in range(40):
        machine = Machine(seed)
        first, second, behind = (machine.keep(job) for job in range(3))
        machine.storage.write(machine.keep())
        machine.storage.write(first)
        machine.storage.write(second)
        machine.world.run_until_true(lambda machine=machine: bool(machine.disk.pending()), DONE_MS, 1)  # type: ignore[misc]  # bound now
        machine.storage.write(behind)
        machine.storage.cut_power()
        machine.life.alive = False
        machine.world.run_for(DONE_MS)
        assert machine.jobs_told() == []
        kept.append(len(machine.disk.pending()) - 1)
    assert set(kept) == {0, 2}


def test_a_power_cut_on_a_full_disk_keeps_nothing() -> None:
    for seed in range(10):
        machine = Machine(seed)
        machine.full = True
        machine.storage.write(machine.keep())
        machine.storage.cut_power()
        assert machine.disk.pending() == []


def test_a_full_disk_refuses_a_commit_and_takes_the_next_once_it_is_emptied(machine: Machine) -> None:
    machine.full = True
    machine.storage.write(machine.keep(1))
    machine.storage.write(machine.keep(2))
    machine.storage.write(ProbeStore(3))
    machine.world.run_for(2 * DONE_MS)
    assert machine.disk.pending() == []
    refused = [event for event in machine.told if isinstance(event, StoreFailed)]
    assert [(event.jobs, event.transient) for event in refused] == [((1,), True), ((2, 3), True)]
    machine.full = False
    machine.storage.write(ProbeStore(4))
    machine.world.run_for(DONE_MS)
    assert machine.told[-1] == StoreRecovered(4)


def test_what_has_no_answer_is_done_once_there_is_room(machine: Machine) -> None:
    (item,) = machine.builder.chain(machine.builder.genesis, [1])
    bare = item.block.with_contents({0: None})
    machine.disk.commit_chain((StagedBlock(bare, item.work, 0),), (), (bare.hash,), 0)
    machine.full = True
    machine.storage.write(FillContents(bare.hash, ((0, item.block.transactions[0].content or b""),)))
    machine.world.run_for(DONE_MS)
    assert [event.jobs for event in machine.told if isinstance(event, StoreFailed)] == [()]
    assert machine.disk.blocks() == [bare]
    machine.full = False
    machine.storage.write(ProbeStore(4))
    machine.world.run_for(DONE_MS)
    assert machine.disk.blocks() == [item.block]
    assert [type(event) for event in machine.told] == [StoreFailed, StoreRecovered]
    machine.storage.write(ForgetContents(5, (item.block.transactions[0].txid,)))
    machine.storage.write(ProbeStore(6))
    machine.world.run_for(2 * DONE_MS)
    machine.storage.write(ProbeStore(7))
    machine.world.run_for(DONE_MS)
    assert machine.disk.blocks() == [bare]


def test_who_ends_while_it_is_told_of_a_commit_hears_no_more_of_it(machine: Machine) -> None:
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        machine.life.alive = event != StoreRecovered(1)

    storage = Storage(machine.life, machine.disk, lambda: False, hear)
    for job in range(4):
        storage.write(ProbeStore(job))
    machine.world.run_for(3 * DONE_MS)
    assert told == [StoreRecovered(0), StoreRecovered(1)]


def test_every_question_is_answered_under_its_number(machine: Machine) -> None:
    low, high = machine.builder.chain(machine.builder.genesis, [1, 1])
    record, txid = machine.builder.record(), high.block.transactions[0].txid
    hashes = (low.block.hash, high.block.hash)
    changes: tuple[WriteAction, ...] = (
        CommitChain(1, (low, high), (), hashes, 5),
        StorePending(2, (record,), (), 5),
        LoadPending(3, 1),
        ForgetContents(4, (txid,)),
        ExpirePending(5, 6),
        CommitChain(6, (low,), (), (low.block.hash,), 5),
    )
    for change in changes:
        machine.storage.write(change)
    machine.world.run_for(3 * DONE_MS)
    assert machine.told[:2] == [
        ChainCommitted(1, (), Returned(), 2),
        PendingStored(2, (Stored.ACCEPTED,), (), 3),
    ]
    assert isinstance(machine.told[2], PendingLoaded)
    assert [each.transaction for each in machine.told[2].found] == [record]
    assert machine.told[3:5] == [ContentsForgotten(4, (), 3), PendingExpired(5, (record.txid,), 4)]
    assert isinstance(machine.told[5], CommitRefused)
    assert machine.told[5].culprit == low.block.hash

    machine.told.clear()
    machine.storage.read(LoadBlocks(7, (bytes(32),), 9))
    machine.storage.read(LoadContents(8, (bytes(32),), 9))
    machine.storage.read(LoadProof(9, bytes(32), None))
    machine.storage.read(LoadEvents(10, 3, 9, 9))
    assert machine.told == []
    machine.world.run_for(READ_MS[1])
    loaded = EventsLoaded(10, machine.disk.load_events(3, 9))
    expected = {
        BlocksLoaded(7, (None,)),
        ContentsLoaded(8, (None,)),
        ProofLoaded(9, Unproven.UNKNOWN),
        loaded,
    }
    assert set(machine.told) == expected
