"""The table of what is pending: its order, and how cheaply it tells what it holds."""

from typing import cast

from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import pending
from p2pchain.store.store import Store


def test_new_ones_come_last_and_returned_ones_first(store: Store, builder: ChainBuilder) -> None:
    connection, network_id = store.writer._connection, builder.network.id
    records = [builder.record() for _ in range(7)]
    pending.put_back(connection, records[3:5])
    pending.append(connection, records[5:6])
    pending.put_back(connection, records[:3])
    pending.append(connection, records[6:])
    assert pending.load(connection, network_id) == tuple(records)
    assert pending.drop(connection, [record.txid for record in records[5:]]) == [
        record.txid for record in records[5:]
    ]
    pending.append(connection, records[5:])
    assert pending.load(connection, network_id) == tuple(records)


def test_one_that_is_there_already_keeps_its_place(store: Store, builder: ChainBuilder) -> None:
    first, second = builder.record(), builder.record()
    pending.append(store.writer._connection, [first, second])
    pending.put_back(store.writer._connection, [second])
    assert pending.load(store.writer._connection, builder.network.id) == (first, second)


def test_only_what_was_there_is_said_to_be_dropped(store: Store, builder: ChainBuilder) -> None:
    connection = store.writer._connection
    assert pending.drop(connection, [bytes(32)]) == []
    records = [builder.record() for _ in range(3)]
    pending.append(connection, records)
    txids = [records[2].txid, bytes(32), records[0].txid]
    assert pending.drop(connection, txids) == [records[2].txid, records[0].txid]
    assert pending.load(connection, builder.network.id) == (records[1],)


def test_a_duplicate_is_found_without_reading_the_row(store: Store, builder: ChainBuilder) -> None:
    connection = store.writer._connection
    record = builder.record(bytes(60_000))
    pending.append(connection, [record])
    assert pending.holds(connection, record.txid)
    assert not pending.holds(connection, bytes(32))
    query = "EXPLAIN QUERY PLAN SELECT EXISTS (SELECT 1 FROM pending WHERE txid = ?)"
    plan = [cast(str, row[3]) for row in connection.execute(query, (record.txid,))]
    assert any("USING COVERING INDEX" in step for step in plan)
