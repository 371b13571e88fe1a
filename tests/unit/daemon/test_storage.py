"""The disk's threads: in order, in groups, and a refusal told."""

import queue
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from p2pchain.chain.receipt import Receipt
from p2pchain.daemon import storage as module
from p2pchain.daemon.storage import Storage
from p2pchain.errors import StoreError
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
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import StoreDamaged, StoreFull, StoreLocked
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
    storage.write(StorePending(1, (record,), (), 0))
    storage.write(CommitChain(2, (staged,), (), (block.hash,), 0))
    storage.write(ExpirePending(6, 1))
    storage.write(LoadPending(7, 0))
    storage.write(CommitChain(3, (StagedBlock(again, entry.work, 0),), (), (again.hash,), 0))
    assert answers.next() == PendingStored(1, (Stored.ACCEPTED,), (), 1)
    assert answers.next() == ChainCommitted(2, (record.txid,), Returned(), 2)
    assert answers.next() == PendingExpired(6, (), 2)
    assert answers.next() == PendingLoaded(7, ())
    refused = answers.next()
    assert isinstance(refused, CommitRefused)
    assert (refused.job, refused.culprit) == (3, again.hash)
    storage.read(LoadBlocks(4, (block.hash,), 10**6))
    storage.read(LoadEvents(5, 1, 10, 10**6))
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
    storage.write(CommitChain(1, (staged,), (), (block.hash,), 0))
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


def test_proofs_are_read_or_the_reason_why_there_is_none(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    (item,) = builder.chain(builder.genesis, [1])
    storage.write(CommitChain(1, (item,), (), (item.block.hash,), 0))
    assert isinstance(answers.next(), ChainCommitted)
    txid = item.block.transactions[0].txid
    for job, asked, head in ((2, txid, None), (3, bytes(32), None), (4, txid, bytes(32))):
        storage.read(LoadProof(job, asked, head))
    proof = answers.next()
    assert isinstance(proof, ProofLoaded)
    assert isinstance(proof.found, Receipt)
    assert proof.found.verify(builder.network, txid, item.block.hash).position == 1
    assert answers.next() == ProofLoaded(3, Unproven.UNKNOWN)
    assert answers.next() == ProofLoaded(4, Unproven.NOT_CONNECTED)
    storage.close()


def test_what_is_queued_is_finished_before_the_end(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    for job in range(200):
        storage.write(StorePending(job, (builder.record(),), (), 0))
    storage.close()
    assert [getattr(answers.next(), "job", None) for _ in range(200)] == list(range(200))
    assert store.writer.last_event == 200


def full() -> Callable[..., NoReturn]:
    return failing(StoreFull("room on the disk", "none", "free some"))


def failing(fault: StoreError) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise fault

    return fail


def test_a_full_disk_is_told_of_with_the_jobs_that_it_did_not_take(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    record = builder.record()
    with monkeypatch.context() as patch:
        patch.setattr(store.writer, "store_pending", full())
        storage.write(StorePending(1, (record,), (), 0))
        text = "expected room on the disk, found none; free some"
        assert answers.next() == StoreFailed("store_full", text, transient=True, jobs=(1,))
        patch.setattr(store.writer, "try_room", full())
        storage.write(ProbeStore(2))
        assert answers.next() == StoreFailed("store_full", text, transient=True, jobs=(2,))
    storage.write(ProbeStore(3))
    assert answers.next() == StoreRecovered(3)
    storage.write(StorePending(4, (record,), (), 0))
    assert answers.next() == PendingStored(4, (Stored.ACCEPTED,), (), 1)
    storage.close()
    assert storage.fault is None


def test_contents_that_a_full_disk_refused_go_into_the_next_commit(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    entry, block = builder.block(builder.genesis, [builder.record()])
    half = StagedBlock(block.with_contents({0: None}), entry.work, entry.chain_time)
    storage.write(CommitChain(1, (half,), (), (block.hash,), 0))
    answers.next()
    with monkeypatch.context() as patch:
        patch.setattr(store.writer, "fill_contents", full())
        storage.write(FillContents(block.hash, ((0, block.transactions[0].content or b""),)))
        assert isinstance(answers.next(), StoreFailed)
        storage.write(ProbeStore(2))
        assert isinstance(answers.next(), StoreFailed)
    with closing(store.reader()) as reader:
        assert reader.load_blocks((block.hash,), 1) == (half.block.encode(),)
        storage.write(StorePending(3, (builder.record(),), (), 0))
        assert answers.next() == PendingStored(3, (Stored.ACCEPTED,), (), 2)
        assert reader.load_blocks((block.hash,), 1) == (block.encode(),)
        for change in (ForgetContents(4, (block.transactions[0].txid,)), ProbeStore(5)):
            storage.write(change)
            answers.next()
        assert reader.load_blocks((block.hash,), 1) == (half.block.encode(),)
    storage.close()


def test_a_log_that_cannot_be_emptied_is_tried_again_and_nothing_taken_back(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk, or beside a reader; also where nothing more is written."""
    monkeypatch.setattr(module, "FLUSH_AGAIN_S", 0.001)
    answers, flushed = Answers(), queue.SimpleQueue[bool]()
    ways = iter([store.writer.flush_log, full(), lambda: False, store.writer.flush_log])

    def flush_and_tell() -> bool:
        is_done: bool = next(ways)()
        flushed.put(is_done)
        return is_done

    monkeypatch.setattr(store.writer, "flush_log", flush_and_tell)
    storage = Storage(store, answers.post)
    assert flushed.get(timeout=30)
    storage.write(ForgetContents(1, (bytes(32),)))
    assert answers.next() == ContentsForgotten(1, (), 0)
    assert [flushed.get(timeout=30), flushed.get(timeout=30)] == [False, True]
    storage.write(StorePending(2, (builder.record(),), (), 0))
    assert answers.next() == PendingStored(2, (Stored.ACCEPTED,), (), 1)
    storage.close()
    assert flushed.empty()


def test_a_damaged_file_ends_the_writing(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    fault = StoreDamaged("a sound file", "another", "move it away")
    storage = Storage(store, answers.post)
    monkeypatch.setattr(store.writer, "store_pending", failing(fault))
    storage.write(StorePending(1, (builder.record(),), (), 0))
    assert answers.next() == StoreFailed("store_damaged", str(fault), transient=False, jobs=())
    storage.close()
    assert storage.fault is fault


def test_what_another_program_keeps_from_being_read_is_read_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_AGAIN_S", 0.001)
    faults = [StoreLocked("the file", "locked")] * 3

    def load(*_: object) -> tuple[bytes | None, ...]:
        if faults:
            raise faults.pop()
        return (None,)

    answers = Answers()
    monkeypatch.setattr(Reader, "load_blocks", load)
    storage = Storage(store, answers.post)
    storage.read(LoadBlocks(1, (bytes(32),), 1))
    assert answers.next() == BlocksLoaded(1, (None,))
    assert not faults
    storage.close()


def test_waiting_to_read_does_not_keep_it_from_ending(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_AGAIN_S", 3_600)
    monkeypatch.setattr(Reader, "load_blocks", failing(StoreLocked("the file", "locked")))
    storage = Storage(store, Answers().post)
    storage.read(LoadBlocks(1, (bytes(32),), 1))
    storage.close()


def test_a_reader_that_cannot_read_is_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    fault = StoreDamaged("a sound file", "another", "move it away")
    monkeypatch.setattr(Reader, "load_blocks", failing(fault))
    storage = Storage(store, answers.post)
    storage.read(LoadBlocks(1, (bytes(32),), 1))
    assert answers.next() == StoreFailed("store_damaged", str(fault), transient=False, jobs=())
    storage.close()
    assert storage.fault is fault


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_a_fault_of_ours_is_told_of(store: Store, builder: ChainBuilder) -> None:
    answers = Answers()
    storage = Storage(store, answers.post)
    storage.write(CommitChain(1, (), (bytes(32),), (), 0))
    failed = answers.next()
    assert isinstance(failed, StoreFailed)
    assert not failed.transient
    assert "store-writer" in failed.reason
    storage.close()
    assert storage.fault is not None
