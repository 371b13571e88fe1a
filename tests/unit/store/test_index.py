"""The index of transactions: short keys that may collide."""

import apsw
import pytest

from p2pchain.chain.network import MAX_BLOCK_BYTES
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import index
from p2pchain.store.bodies import BODY_START
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def connect(store: Store, staged: list[StagedBlock]) -> list[StagedBlock]:
    with store.writer.group():
        store.writer.commit_chain(staged, (), [item.block.hash for item in staged], 0)
    return staged


def entry_of(builder: ChainBuilder, staged: list[StagedBlock]) -> Entry:
    """The place in the tree of the last of some blocks that stand on genesis."""
    entry = builder.genesis
    for item in staged:
        frontier = entry.frontier.append(item.block.hash)
        entry = Entry(item.block.header, item.work, item.chain_time, frontier, entry)
    return entry


@pytest.mark.parametrize("count", [1, 15, 16, 40])
def test_a_row_points_at_the_head_in_the_body(builder: ChainBuilder, count: int) -> None:
    _, block = builder.block(builder.genesis, [builder.record() for _ in range(count)])
    body = block.encode()[BODY_START:]
    for transaction, (key, place) in zip(block.transactions, index.rows(block), strict=True):
        height, offset = place >> index.OFFSET_BITS, place & ((1 << index.OFFSET_BITS) - 1)
        head = transaction.head.raw
        assert (key, height) == (index.key_of(transaction.txid), 1)
        assert body[offset : offset + 2 + len(head)] == b"\xc4" + bytes([len(head)]) + head


def test_the_largest_place_is_a_number_that_sqlite_holds() -> None:
    largest_body = 128 + MAX_BLOCK_BYTES + 2 * (MAX_BLOCK_BYTES // 152)
    assert largest_body < 1 << index.OFFSET_BITS
    assert (2**32 - 1) << index.OFFSET_BITS < 2**63


@pytest.mark.parametrize("count", [1, 15, 16, 40])
def test_each_transaction_is_found_in_its_place(
    store: Store, reader: Reader, builder: ChainBuilder, count: int
) -> None:
    (item,) = connect(store, builder.chain(builder.genesis, [count]))
    found = [reader.find_transaction(transaction.txid) for transaction in item.block.transactions]
    assert found == [(1, position) for position in range(count)]
    assert reader.find_transaction(bytes(32)) is None


def test_many_are_looked_for_at_once(store: Store, builder: ChainBuilder) -> None:
    (item,) = connect(store, builder.chain(builder.genesis, [100]))
    chained = [transaction.txid for transaction in item.block.transactions]
    twins = [txid[:8] + bytes(24) for txid in chained]
    others = [builder.record().txid for _ in range(50)]
    wanted = [*chained[::2], *others, *twins]
    assert index.among(store.writer._connection, wanted, builder.network.id) == set(chained[::2])


def test_keys_are_signed_numbers_of_eight_bytes() -> None:
    assert index.key_of(b"\xff" * 32) == -1
    assert index.key_of(bytes(31) + b"\1") == 0


def test_two_txids_under_one_key_are_told_apart(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    entry, block = builder.block(builder.genesis, [builder.record()])
    with store.writer.group():
        store.writer.commit_chain((StagedBlock(block, entry.work, 0),), (), (block.hash,), 0)
    txid = block.transactions[0].txid
    twin = txid[:8] + bytes(24)
    assert reader.find_transaction(txid) == (1, 0)
    assert reader.find_transaction(twin) is None
    with store.writer.group():
        stored = store.writer.store_pending((Transaction(builder.record().head, b"", twin),), (), 0)
    assert stored[0][0].value == "accepted"


def test_a_key_that_another_transaction_has_already_serves_both(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    first, second = connect(store, builder.chain(builder.genesis, [1, 0]))
    third = builder.chain(entry_of(builder, [first, second]), [1])
    (txid,) = (transaction.txid for transaction in third[0].block.transactions)
    # As if the first block's transaction shared the key.
    place = index.rows(first.block)[0][1]
    index.insert(store.writer._connection, [(index.key_of(txid), place)])
    assert reader.find_transaction(txid) is None
    connect(store, third)
    assert reader.find_transaction(txid) == (3, 0)
    with store.writer.group():
        store.writer.commit_chain((), (third[0].block.hash,), (), 0)
    assert reader.find_transaction(txid) is None
    assert reader.find_transaction(first.block.transactions[0].txid) == (1, 0)


@pytest.mark.parametrize(("height", "offset"), [(7, 101), (1, 100_000)])
def test_a_row_that_points_nowhere_is_damage(
    store: Store, reader: Reader, builder: ChainBuilder, height: int, offset: int
) -> None:
    connect(store, builder.chain(builder.genesis, [1]))
    record = builder.record()
    row = (index.key_of(record.txid), (height << index.OFFSET_BITS) + offset)
    index.insert(store.writer._connection, [row])
    with pytest.raises(StoreDamaged, match=r"chain\.db.*an index row"):
        reader.find_transaction(record.txid)
    with pytest.raises(StoreDamaged), store.writer.group():
        store.writer.store_pending((record,), (), 0)


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


def test_of_a_long_change_of_the_chain_few_rows_are_in_memory_and_all_hold(
    store: Store, reader: Reader, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "GROUP_ROWS", 4, raising=False)
    sizes: list[int] = []
    insert = index.insert

    def note(connection: apsw.Connection, rows: list[index.Row]) -> None:
        sizes.append(len(rows))
        insert(connection, rows)

    monkeypatch.setattr(index, "insert", note)
    old = connect(store, builder.chain(builder.genesis, [2] * 3))
    shared, only_old = old[0].block.transactions[0], old[2].block.transactions[1]
    entry, block = builder.block(builder.genesis, [shared, builder.record()])
    new = [StagedBlock(block, entry.work, 0), *builder.chain(entry, [2] * 5)]
    twice = builder.block(entry_of(builder, new), [shared])[1]
    staged = [*new, StagedBlock(twice, 0, 0)]
    revert = [item.block.hash for item in reversed(old)]
    with store.writer.group():
        with pytest.raises(DuplicateTransaction):
            store.writer.commit_chain(staged, revert, [item.block.hash for item in staged], 0)
        store.writer.commit_chain(new, revert, [item.block.hash for item in new], 0)
    assert max(sizes) <= 6
    places = {
        each.txid: (item.block.height, at) for item in new for at, each in enumerate(item.block.transactions)
    }
    assert {txid: reader.find_transaction(txid) for txid in places} == places
    waiting = [each.txid for each in reader.pending()]
    assert shared.txid not in waiting
    assert only_old.txid in waiting
    assert len(waiting) == 5
