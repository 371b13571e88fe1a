"""Proofs read from disk: the same as from all leaves, from few rows, and by name where there is none."""

import apsw
import pytest

from p2pchain.chain.receipt import Receipt
from p2pchain.node.events import Unproven
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.disk import Disk
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store

# Complete subtrees of 256 and 512 leaves are on disk; blocks with records stand in and at the edges of each.
SIZES = [3 if height in (1, 254, 255, 256, 511, 512, 700, 769, 790, 799) else 0 for height in range(1, 801)]


def test_it_is_what_all_leaves_together_give(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, SIZES)
    hashes = tuple(item.block.hash for item in staged)
    disk = Disk(builder.network)
    disk.commit_chain(tuple(staged), (), hashes, 0)
    with store.writer.group():
        store.writer.commit_chain(staged, (), hashes, 0)
    for item in staged:
        for record in item.block.transactions:
            for height in (255, 256, 257, 512, 513, 640, 768, 800):
                found = reader.prove(record.txid, hashes[height - 1])
                assert found == disk.prove(record.txid, hashes[height - 1])
                if height >= item.block.height:
                    assert isinstance(found, Receipt)
                    found.verify(builder.network, record.txid, hashes[height - 1])
            assert reader.prove(record.txid, None) == disk.prove(record.txid, hashes[-1])


def test_few_rows_are_read_however_long_the_chain_is(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 300 + [1] + [0] * 1_234)
    with store.writer.group():
        store.writer.commit_chain(staged, (), [item.block.hash for item in staged], 0)
    rows = 0

    def count(_: apsw.Cursor, row: tuple[object, ...]) -> tuple[object, ...]:
        nonlocal rows
        rows += 1
        return row

    reader._connection.row_trace = count
    assert isinstance(reader.prove(staged[300].block.transactions[0].txid, None), Receipt)
    reader._connection.row_trace = None
    assert rows < 2 * 256 + 16


def test_where_there_is_no_proof_the_reason_is_named(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    first, second = builder.chain(builder.genesis, [1, 1])
    _, loose = builder.block(builder.genesis, [])
    pending = builder.record()
    disk = Disk(builder.network)
    with store.writer.group():
        store.writer.store_pending((pending,), (), 0)
        store.writer.commit_chain([first, second], (), [first.block.hash], 0)
    disk.store_pending((pending,), (), 0)
    disk.commit_chain((first, second), (), (first.block.hash,), 0)
    record, later = first.block.transactions[0].txid, second.block.hash
    cases = [
        (bytes(32), None, Unproven.UNKNOWN),
        (pending.txid, None, Unproven.PENDING),
        (second.block.transactions[0].txid, None, Unproven.UNKNOWN),
        (record, loose.hash, Unproven.NOT_CONNECTED),
        (record, later, Unproven.NOT_CONNECTED),
        (record, builder.network.genesis.hash, Unproven.TOO_LOW),
    ]
    for txid, head, reason in cases:
        assert reader.prove(txid, head) is disk.prove(txid, head) is reason


def test_a_block_that_was_undone_proves_nothing_any_more(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [1, 0, 0])
    hashes = [item.block.hash for item in staged]
    txid = staged[0].block.transactions[0].txid
    with store.writer.group():
        store.writer.commit_chain(staged, (), hashes, 0)
    assert isinstance(reader.prove(txid, hashes[2]), Receipt)
    with store.writer.group():
        store.writer.commit_chain((), hashes[:1:-1], (), 0)
    assert reader.prove(txid, hashes[2]) is Unproven.NOT_CONNECTED
    found = reader.prove(txid, None)
    assert isinstance(found, Receipt)
    assert found.head.hash == hashes[1]


def test_a_block_that_is_gone_is_damage(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [1, 0])
    with store.writer.group():
        store.writer.commit_chain(staged, (), [item.block.hash for item in staged], 0)
    store.writer._connection.execute("UPDATE block SET body = NULL WHERE height = 2")
    with pytest.raises(StoreDamaged):
        reader.prove(staged[0].block.transactions[0].txid, None)
