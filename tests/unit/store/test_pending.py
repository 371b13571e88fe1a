"""What is pending: its order, its ages, who leaves and why, and how cheaply the table tells what it holds."""

from typing import cast

import apsw
import msgpack
import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import pending
from p2pchain.store import writer as module
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def all_of(connection: apsw.Connection, builder: ChainBuilder) -> tuple[Transaction, ...]:
    found = pending.load(connection, builder.network.id, pending.FIRST, pending.ALL, 2**40)
    return tuple(each.transaction for each in found)


def test_new_ones_come_last_and_returned_ones_first(store: Store, builder: ChainBuilder) -> None:
    connection = store.writer._connection
    records = [builder.record() for _ in range(7)]
    assert pending.put_back(connection, records[3:5], 0) == 2
    pending.append(connection, records[5:6], 0)
    assert pending.put_back(connection, records[:3], 0) == 3
    pending.append(connection, records[6:], 0)
    assert all_of(connection, builder) == tuple(records)
    assert pending.drop(connection, [record.txid for record in records[5:]]) == [
        record.txid for record in records[5:]
    ]
    pending.append(connection, records[5:], 0)
    assert all_of(connection, builder) == tuple(records)
    assert pending.count(connection) == 7


def test_one_that_is_there_already_keeps_its_place(store: Store, builder: ChainBuilder) -> None:
    first, second = builder.record(), builder.record()
    pending.append(store.writer._connection, [first, second], 0)
    assert pending.put_back(store.writer._connection, [second], 0) == 0
    assert all_of(store.writer._connection, builder) == (first, second)


def test_only_what_was_there_is_said_to_be_dropped(store: Store, builder: ChainBuilder) -> None:
    connection = store.writer._connection
    assert pending.drop(connection, [bytes(32)]) == []
    records = [builder.record() for _ in range(3)]
    pending.append(connection, records, 0)
    txids = [records[2].txid, bytes(32), records[0].txid]
    assert pending.drop(connection, txids) == [records[2].txid, records[0].txid]
    assert all_of(connection, builder) == (records[1],)


def test_those_that_are_there_are_told_from_those_that_are_not(store: Store, builder: ChainBuilder) -> None:
    records = [builder.record() for _ in range(150)]
    pending.append(store.writer._connection, records[::2], 0)
    found = pending.among(store.writer._connection, [record.txid for record in records])
    assert found == {record.txid for record in records[::2]}
    assert pending.among(store.writer._connection, []) == set()


def test_what_is_dropped_twice_is_told_of_once(store: Store, builder: ChainBuilder) -> None:
    records = [builder.record() for _ in range(70)]
    pending.append(store.writer._connection, records, 0)
    txids = [record.txid for record in records]
    assert pending.drop(store.writer._connection, txids + txids) == txids
    assert pending.count(store.writer._connection) == 0


def test_a_slice_ends_with_either_bound_and_goes_on_behind_it(store: Store, builder: ChainBuilder) -> None:
    connection, network_id = store.writer._connection, builder.network.id
    records = [builder.record() for _ in range(6)]
    pending.append(connection, records, 0)
    first = pending.load(connection, network_id, pending.FIRST, 2, 2**40)
    assert [each.transaction for each in first] == records[:2]
    size = records[0].size
    second = pending.load(connection, network_id, first[-1].place + 1, 10, 3 * size)
    assert [each.transaction for each in second] == records[2:5]
    assert [each.place for each in (*first, *second)] == [1, 2, 3, 4, 5]
    assert len(pending.load(connection, network_id, 6, 10, 1)) == 1
    assert pending.load(connection, network_id, 7, 10, 2**40) == ()


def query_plan(connection: apsw.Connection, query: str, *values: object) -> list[str]:
    return [cast(str, row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]


def test_a_duplicate_is_found_without_reading_the_row(store: Store, builder: ChainBuilder) -> None:
    connection = store.writer._connection
    record = builder.record(bytes(60_000))
    pending.append(connection, [record], 0)
    assert pending.holds(connection, record.txid)
    assert not pending.holds(connection, bytes(32))
    plan = query_plan(connection, "SELECT EXISTS (SELECT 1 FROM pending WHERE txid = ?)", record.txid)
    assert any("USING COVERING INDEX" in step for step in plan)
    plan = query_plan(connection, "SELECT count(*) FROM pending")
    assert any("USING COVERING INDEX" in step for step in plan)


def test_the_oldest_are_found_by_their_age_and_not_by_reading_all(
    store: Store, builder: ChainBuilder
) -> None:
    connection = store.writer._connection
    records = [builder.record() for _ in range(4)]
    for record, wall_ms in zip(records, (50, 20, 20, 10), strict=True):
        pending.append(connection, [record], wall_ms)
    assert pending.older_than(connection, 50, 10) == [records[each].txid for each in (3, 1, 2)]
    assert pending.older_than(connection, 50, 2) == [records[each].txid for each in (3, 1)]
    query = "SELECT txid FROM pending WHERE accepted_ms < ? ORDER BY accepted_ms, sequence LIMIT ?"
    plan = query_plan(connection, query, 50, 10)
    assert any("USING INDEX pending_age" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)


def kinds(reader: Reader) -> list[str]:
    return [event.kind for event in reader.load_events(0, 1_000)]


def reasons(reader: Reader) -> list[tuple[bytes, str]]:
    told = [msgpack.unpackb(event.data) for event in reader.load_events(0, 1_000) if event.kind == "evicted"]
    return [(each["txid"], each["reason"]) for each in told]


def test_what_is_too_old_is_gone_with_its_reason_oldest_first(
    store: Store, reader: Reader, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXPIRED_PER_COMMIT", 2)
    records = [builder.record() for _ in range(5)]
    with store.writer.group():
        for record, wall_ms in zip(records, (30, 20, 10, 40, 50), strict=True):
            store.writer.store_pending((record,), (), wall_ms)
    old = [records[each].txid for each in (2, 1, 0)]
    with store.writer.group():
        assert store.writer.expire_pending(40) == tuple(old[:2])
        assert store.writer.expire_pending(40) == tuple(old[2:])
        assert store.writer.expire_pending(40) == ()
    assert list(reader.pending()) == records[3:]
    assert reasons(reader) == [(txid, "expired") for txid in old]


def test_what_a_reorganisation_returned_begins_to_grow_old_anew(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    (item,) = builder.chain(builder.genesis, [1])
    with store.writer.group():
        store.writer.store_pending(item.block.transactions, (), 10)
        store.writer.commit_chain((item,), (), (item.block.hash,), 20)
        store.writer.commit_chain((), (item.block.hash,), (), 30)
        assert store.writer.expire_pending(30) == ()
        assert store.writer.expire_pending(31) == (item.block.transactions[0].txid,)
    assert reader.pending() == ()


def test_others_leave_for_a_newcomer_where_it_is_accepted_and_only_there(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    kept, first, second, newcomer = (builder.record() for _ in range(4))
    chained, block = builder.block(builder.genesis, [builder.record()])
    known = block.transactions[0]
    displaced = ((known.txid, (kept.txid,)), (newcomer.txid, (first.txid, second.txid, bytes(32))))
    with store.writer.group():
        store.writer.commit_chain((StagedBlock(block, chained.work, 0),), (), (block.hash,), 0)
        store.writer.store_pending((kept, first, second), (), 0)
    with store.writer.group():
        outcomes, evicted = store.writer.store_pending((known, newcomer), displaced, 0)
    assert outcomes == (Stored.CHAINED, Stored.ACCEPTED)
    assert evicted == (first.txid, second.txid)
    assert reader.pending() == (kept, newcomer)
    assert reasons(reader) == [(first.txid, "displaced"), (second.txid, "displaced")]
    assert kinds(reader)[-3:] == ["accepted", "evicted", "evicted"]


def test_what_is_pending_is_read_slice_by_slice(
    store: Store, builder: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PENDING_SLICE_COUNT", 3)
    old = builder.chain(builder.genesis, [3, 1, 2])
    hashes = [item.block.hash for item in old]
    newer = builder.record()
    with store.writer.group():
        store.writer.commit_chain(old, (), hashes, 0)
        store.writer.store_pending((newer,), (), 0)
        _, returned = store.writer.commit_chain((), hashes[::-1], (), 0)
        rest = store.writer.load_pending(returned.first[-1].place + 1)
        last = store.writer.load_pending(rest[-1].place + 1)
        assert store.writer.load_pending(last[-1].place + 1) == ()
    assert returned.count == 6
    found = [each.transaction for each in (*returned.first, *rest, *last)]
    assert found == [each for item in old for each in item.block.transactions] + [newer]
    assert [len(each) for each in (returned.first, rest, last)] == [3, 3, 1]
    monkeypatch.setattr(module, "PENDING_SLICE_BYTES", newer.size + 1)
    with store.writer.group():
        assert len(store.writer.load_pending(returned.first[0].place)) == 1
