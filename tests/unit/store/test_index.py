"""The index of transactions: short keys that may collide."""

import apsw

from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import index
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def test_a_place_names_height_and_position(builder: ChainBuilder) -> None:
    _, block = builder.block(builder.genesis, [builder.record(), builder.record()])
    assert index.rows(block) == [
        (index.key_of(transaction.txid), (1 << index.POSITION_BITS) | position)
        for position, transaction in enumerate(block.transactions)
    ]


def test_keys_are_signed_numbers_of_eight_bytes() -> None:
    assert index.key_of(b"\xff" * 32) == -1
    assert index.key_of(bytes(31) + b"\1") == 0


def test_two_txids_under_one_key_are_told_apart(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    entry, block = builder.block(builder.genesis, [builder.record()])
    with store.writer.group():
        store.writer.commit_chain((StagedBlock(block, entry.work, 0),), (), (block.hash,))
    txid = block.transactions[0].txid
    twin = txid[:8] + bytes(24)
    assert reader.find_transaction(txid) == (1, 0)
    assert reader.find_transaction(twin) is None
    with store.writer.group():
        stored = store.writer.store_pending((Transaction(builder.record().head, b"", twin),))
    assert stored[0].value == "accepted"


def test_rows_go_in_sorted_and_come_out() -> None:
    connection = apsw.Connection(":memory:")
    connection.execute(
        "CREATE TABLE place (key INTEGER, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID"
    )
    rows = [(3, 1), (-2, 2), (3, 3)]
    index.insert(connection, rows)
    assert connection.execute("SELECT key, place FROM place").fetchall() == sorted(rows)
    index.remove(connection, rows[:2])
    assert connection.execute("SELECT key, place FROM place").fetchall() == [(3, 3)]
