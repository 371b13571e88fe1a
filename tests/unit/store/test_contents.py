"""Contents apart from their blocks: read, put in where they were missing, and erased for good."""

import queue
from contextlib import closing
from pathlib import Path

import pytest

from p2pchain.chain.block import Block
from p2pchain.daemon.storage import Storage
from p2pchain.node.actions import StagedBlock, StorePending
from p2pchain.node.events import Event, PendingStored, Stored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import contents as module
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store

BYTES_MAX = 1_000_000


def commit(store: Store, *staged: StagedBlock, revert: tuple[bytes, ...] = ()) -> None:
    with store.writer.group():
        store.writer.commit_chain(staged, revert, tuple(item.block.hash for item in staged), 0)


def bare(item: StagedBlock) -> StagedBlock:
    places = range(len(item.block.transactions))
    block = item.block.with_contents(dict.fromkeys(places))
    return StagedBlock(block, item.work, item.chain_time)


def block_at(reader: Reader, height: int) -> Block:
    block = reader.block_at(height)
    assert block is not None
    return block


def test_contents_are_read_from_the_chain_and_from_what_is_pending(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    first, second = builder.chain(builder.genesis, [3, 20])
    pending = builder.record()
    commit(store, first, bare(second))
    with store.writer.group():
        store.writer.store_pending((pending,), (), 0)
    one, two, three = first.block.transactions
    missing = second.block.transactions[17]
    txids = [three.txid, pending.txid, bytes(32), missing.txid, one.txid, two.txid]
    assert reader.load_contents(txids, BYTES_MAX) == (
        three.content,
        pending.content,
        None,
        None,
        one.content,
        two.content,
    )


def test_as_many_are_read_as_fit_and_from_few_blocks(
    store: Store, reader: Reader, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = builder.chain(builder.genesis, [1, 1, 1])
    commit(store, *staged)
    records = [item.block.transactions[0] for item in staged]
    txids = [record.txid for record in records]
    size = len(records[0].content or b"")
    assert reader.load_contents(txids, 1) == (records[0].content,)
    assert reader.load_contents(txids, 2 * size) == (records[0].content, records[1].content)
    monkeypatch.setattr(module, "BLOCKS_PER_READ", 2)
    assert len(reader.load_contents(txids, BYTES_MAX)) == 2


def test_what_was_missing_is_put_in_connected_or_not(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    connected, waiting = builder.chain(builder.genesis, [2, 2])
    commit(store, bare(connected))
    with store.writer.group():
        store.writer.commit_chain((bare(waiting),), (), (), 0)
        for item in (connected, waiting):
            found = [(place, each.content or b"") for place, each in enumerate(item.block.transactions)]
            store.writer.fill_contents(item.block.hash, found)
        store.writer.fill_contents(bytes(32), [(0, b"of no block that is here")])
    assert block_at(reader, 1) == connected.block
    assert reader.load_blocks([waiting.block.hash], BYTES_MAX) == (waiting.block.encode(),)


def test_what_a_connected_block_lacks_and_is_pending_goes_into_it(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged, connected = builder.chain(builder.genesis, [3, 2])
    pending = [*staged.block.transactions[1:], *connected.block.transactions]
    with store.writer.group():
        store.writer.store_pending(pending, (), 0)
        store.writer.commit_chain((bare(staged),), (), (), 0)
        hashes = (staged.block.hash, connected.block.hash)
        confirmed, _ = store.writer.commit_chain((bare(connected),), (), hashes, 0)
    assert confirmed == tuple(each.txid for each in pending)
    assert reader.pending() == ()
    assert block_at(reader, 1) == staged.block.with_contents({0: None})
    assert block_at(reader, 2) == connected.block


def test_a_body_that_is_kept_already_takes_the_contents_that_it_lacks_of_another(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    (item,) = builder.chain(builder.genesis, [3])
    halves = [
        StagedBlock(item.block.with_contents(dict.fromkeys(places)), item.work, item.chain_time)
        for places in ([0, 1, 2], [0], [1, 2], [0, 1, 2])
    ]
    with store.writer.group():
        for half in halves:
            store.writer.commit_chain((half,), (), (), 0)
    assert reader.load_blocks([item.block.hash], BYTES_MAX) == (item.block.encode(),)


def test_what_is_forgotten_is_gone_from_chain_branches_and_pending(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    shared, pending, other = builder.record(), builder.record(), builder.record()
    main, main_block = builder.block(builder.genesis, [shared, other])
    side, side_block = builder.block(builder.genesis, [shared])
    commit(store, StagedBlock(main_block, main.work, main.chain_time))
    with store.writer.group():
        store.writer.commit_chain((StagedBlock(side_block, side.work, side.chain_time),), (), (), 0)
        store.writer.store_pending((pending,), (), 0)
        assert store.writer.forget_contents((shared.txid, pending.txid, bytes(32))) == (pending.txid,)
    assert reader.restore(10).forgotten == {shared.txid, pending.txid, bytes(32)}
    assert block_at(reader, 1) == main_block.with_contents({0: None})
    assert reader.load_blocks([side.hash], BYTES_MAX) == (side_block.with_contents({0: None}).encode(),)
    assert reader.pending() == ()
    assert [event.kind for event in reader.load_events(0, 10)] == ["connected", "accepted", "evicted"]
    assert reader.load_contents((shared.txid, other.txid), BYTES_MAX) == (None, other.content)
    with store.writer.group():
        assert store.writer.forget_contents((shared.txid,)) == ()


def test_what_is_forgotten_lies_nowhere_in_the_files(
    store: Store, tmp_path: Path, builder: ChainBuilder
) -> None:
    secret = b"a secret of many bytes " * 400
    record = builder.record(secret)
    with store.writer.group():
        store.writer.store_pending((record,), (), 0)
    entry, block = builder.block(builder.genesis, [record])
    commit(store, StagedBlock(block, entry.work, entry.chain_time))
    assert any(secret[:100] in path.read_bytes() for path in tmp_path.iterdir())
    with closing(store.reader()) as reader, reader.still():
        reader.tip_height()
        with store.writer.group():
            store.writer.forget_contents((record.txid,))
        assert not store.writer.flush_log()
    assert store.writer.flush_log()
    assert {FILE_NAME, f"{FILE_NAME}-wal"} <= {path.name for path in tmp_path.iterdir()}
    for path in tmp_path.iterdir():
        assert secret[:100] not in path.read_bytes(), path.name


def test_a_record_without_its_content_does_not_return_from_a_block_that_is_undone(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    (item,) = builder.chain(builder.genesis, [2])
    record, whole = item.block.transactions
    half = StagedBlock(item.block.with_contents({0: None}), item.work, item.chain_time)
    commit(store, half)
    with store.writer.group():
        confirmed, returned = store.writer.commit_chain((), (item.block.hash,), (), 0)
    assert (confirmed, [each.transaction for each in returned.first]) == ((), [whole])
    last = reader.load_events(0, 10)[-1]
    assert last.kind == "evicted"
    assert record.txid in last.data
    assert b"content_missing" in last.data


def test_what_a_killed_process_had_forgotten_is_erased_from_the_log_at_the_next_start(
    store: Store, builder: ChainBuilder, tmp_path: Path
) -> None:
    secret = b"a secret of many bytes " * 400
    record = builder.record(secret)
    with store.writer.group():
        store.writer.store_pending((record,), (), 0)
    with store.writer.group():
        store.writer.forget_contents((record.txid,))
    left = tmp_path / "left"
    left.mkdir()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        (left / name).write_bytes((tmp_path / name).read_bytes())
    assert any(secret[:100] in path.read_bytes() for path in left.iterdir())
    with closing(Store(left, builder.network)) as again:
        answers = queue.SimpleQueue[Event]()
        storage = Storage(again, answers.put)
        storage.write(StorePending(1, (builder.record(),), (), 0))
        assert answers.get(timeout=30) == PendingStored(1, (Stored.ACCEPTED,), (), 3)
        assert not any(secret[:100] in path.read_bytes() for path in left.iterdir())
        storage.close()
