"""The disk's threads: in order, in groups, and a refusal told."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.daemon.storage import Storage
from p2pchain.errors import StoreError
from p2pchain.node.actions import (
    CommitChain,
    EvictPending,
    FillContents,
    ForgetContents,
    LoadBlocks,
    LoadContents,
    LoadEvents,
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
    PendingStored,
    Stored,
    StoreFailed,
)
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


@pytest.fixture
def store(tmp_path: Path, builder: ChainBuilder) -> Iterator[Store]:
    opened = Store(tmp_path, builder.network)
    yield opened
    opened.close()


class Answers:
    """What the threads told."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.post = self._queue.put

    def next(self) -> Event:
        return self._queue.get(timeout=30)


def test_changes_are_made_in_order_and_answered(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    record = builder.record()
    entry, block = builder.block(builder.genesis, [record])
    _, again = builder.block(entry, [record])
    staged = StagedBlock(block, entry.work, entry.chain_time)
    storage.write(StorePending(1, (record,)))
    storage.write(CommitChain(2, (staged,), (), (block.hash,)))
    storage.write(EvictPending(((record.txid, "gone already"),)))
    storage.write(CommitChain(3, (StagedBlock(again, entry.work, 0),), (), (again.hash,)))
    assert answers.next() == PendingStored(1, (Stored.ACCEPTED,), 1)
    assert answers.next() == ChainCommitted(2, (record.txid,), (), 2)
    refused = answers.next()
    assert isinstance(refused, CommitRefused)
    assert (refused.job, refused.culprit) == (3, again.hash)
    storage.read(LoadBlocks(4, (block.hash,), 10**6))
    storage.read(LoadEvents(5, 1, 10))
    assert answers.next() == BlocksLoaded(4, (block.encode(),))
    loaded = answers.next()
    assert isinstance(loaded, EventsLoaded)
    assert [event.number for event in loaded.events] == [2]
    storage.close()


def test_contents_are_filled_in_read_and_forgotten(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    record = builder.record()
    entry, block = builder.block(builder.genesis, [record])
    staged = StagedBlock(block.with_contents({0: None}), entry.work, entry.chain_time)
    storage.write(CommitChain(1, (staged,), (), (block.hash,)))
    storage.write(FillContents(block.hash, ((0, record.content or b""),)))
    storage.write(ForgetContents(2, ()))
    assert isinstance(answers.next(), ChainCommitted)
    assert answers.next() == ContentsForgotten(2, (), 1)
    storage.read(LoadContents(3, (record.txid,), 10**6))
    assert answers.next() == ContentsLoaded(3, (record.content,))
    storage.write(ForgetContents(4, (record.txid,)))
    assert answers.next() == ContentsForgotten(4, (), 1)
    storage.read(LoadContents(5, (record.txid,), 10**6))
    assert answers.next() == ContentsLoaded(5, (None,))
    storage.close()


def test_what_is_queued_is_finished_before_the_end(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    for job in range(200):
        storage.write(StorePending(job, (builder.record(),)))
    storage.close()
    assert [getattr(answers.next(), "job", None) for _ in range(200)] == list(range(200))
    assert store.writer.last_event == 200


def test_a_disk_that_refuses_is_told_of(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> tuple[Stored, ...]:
        raise StoreError("room on the disk", "none", "free some")

    answers = Answers()
    storage = Storage(store, answers.post)
    monkeypatch.setattr(store.writer, "store_pending", refuse)
    storage.write(StorePending(1, (builder.record(),)))
    failed = answers.next()
    storage.close()
    assert failed == StoreFailed("expected room on the disk, found none; free some")


def test_a_reader_that_cannot_read_is_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> tuple[bytes | None, ...]:
        raise StoreError("a sound disk", "another", "replace it")

    answers = Answers()
    monkeypatch.setattr(Reader, "load_blocks", refuse)
    storage = Storage(store, answers.post)
    storage.read(LoadBlocks(1, (bytes(32),), 1))
    assert answers.next() == StoreFailed("expected a sound disk, found another; replace it")
    storage.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_a_fault_of_ours_is_told_of(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    storage.write(CommitChain(1, (), (bytes(32),), ()))
    failed = answers.next()
    assert isinstance(failed, StoreFailed)
    assert "store-writer" in failed.reason
    storage.close()
