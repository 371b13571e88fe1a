"""What is pending stands in the order of its places, and keeps its age."""

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.pending_table import FIRST, PendingTable
from p2pchain.sim.shape import simulated_network

NO_LIMIT = 2**30


@pytest.fixture
def records() -> list[Transaction]:
    builder = ChainBuilder(simulated_network(), 1)
    return [builder.record(bytes(100)) for _ in range(5)]


def places(table: PendingTable) -> list[int]:
    return [each.place for each in table.load(FIRST, NO_LIMIT, NO_LIMIT)]


def test_new_ones_come_last_and_returned_ones_first_in_their_order(records: list[Transaction]) -> None:
    table = PendingTable()
    table.append(records[2], 5)
    table.append(records[3], 6)
    table.put_back(records[:2], 7)
    table.append(records[4], 8)
    assert list(table.transactions().values()) == records
    assert len(table) == 5
    assert places(table) == sorted(set(places(table)))


def test_what_is_put_back_into_an_empty_table_comes_before_what_follows(records: list[Transaction]) -> None:
    table = PendingTable()
    table.put_back(records[:2], 1)
    table.append(records[2], 1)
    assert [each.transaction for each in table.load(FIRST, 9, NO_LIMIT)] == records[:3]
    assert places(table) == sorted(set(places(table)))


def test_what_is_dropped_is_gone_and_named_once(records: list[Transaction]) -> None:
    table = PendingTable()
    table.append(records[0], 1)
    table.append(records[1], 1)
    txids = [each.txid for each in records]
    assert table.drop([txids[1], txids[2], txids[1]]) == (txids[1],)
    assert txids[0] in table
    assert txids[1] not in table


def test_the_oldest_are_those_accepted_first_whatever_their_places(records: list[Transaction]) -> None:
    table = PendingTable()
    for record, wall_ms in zip(records, (30, 20, 10, 20, 40), strict=True):
        table.append(record, wall_ms)
    txids = [each.txid for each in records]
    assert table.older_than(30, 9) == [txids[2], txids[1], txids[3]]
    assert table.older_than(31, 2) == [txids[2], txids[1]]


def test_a_slice_begins_at_its_place_and_keeps_both_bounds(records: list[Transaction]) -> None:
    table = PendingTable()
    for record in records:
        table.append(record, 1)
    size = records[0].size
    second = places(table)[1]
    assert [each.transaction for each in table.load(second, 2, NO_LIMIT)] == records[1:3]
    assert [each.transaction for each in table.load(second, 9, 3 * size)] == records[1:4]
    assert [each.transaction for each in table.load(second, 9, 3 * size - 1)] == records[1:3]
    assert [each.transaction for each in table.load(second, 9, 0)] == records[1:2]
    assert table.load(places(table)[-1] + 1, 9, NO_LIMIT) == ()
