"""The pending transactions, in order and within bounds."""

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node import mempool as module
from p2pchain.node.mempool import Mempool
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)


def records(count: int) -> list[Transaction]:
    return [BUILDER.record() for _ in range(count)]


def test_what_was_on_disk_is_there_in_its_order() -> None:
    kept = records(3)
    pool = Mempool(kept)
    assert [pending.transaction for pending in pool] == kept == list(pool.for_template())
    assert len(pool) == 3
    assert pool.size == sum(each.size for each in kept)
    assert kept[0].txid in pool
    assert bytes(32) not in pool


def test_one_that_is_there_is_not_added_again() -> None:
    one, *_ = records(1)
    pool = Mempool([one])
    pool.add(one, 5)
    assert (len(pool), pool.next_sequence) == (1, 2)


def test_what_has_gone_into_the_chain_leaves_no_gap_for_readers() -> None:
    kept = records(6)
    pool = Mempool(kept)
    pool.remove([kept[1].txid, kept[4].txid, bytes(32)])
    assert [each.transaction for each in pool.since(2)] == [kept[2], kept[3], kept[5]]
    assert [each.transaction for each in pool.after(kept[2].txid)] == [kept[3], kept[5]]
    assert [each.transaction for each in pool.after(kept[1].txid)] == [kept[0], kept[2], kept[3], kept[5]]
    assert len(list(pool.after(None))) == 4
    assert pool.size == sum(kept[each].size for each in (0, 2, 3, 5))


def test_places_are_let_go_of_when_most_are_empty() -> None:
    pool = Mempool([])
    stays, *_ = records(1)
    pool.add(stays, None)
    for each in records(1_500):
        pool.add(each, None)
        pool.remove([each.txid])
    assert len(pool._sequences) <= 1_003
    assert [each.transaction for each in pool.since(0)] == [stays]
    assert pool.next_sequence == 1_502


def test_what_a_reorganisation_returned_comes_first_in_blocks() -> None:
    newer, *returned = records(3)
    pool = Mempool([newer])
    for each in returned:
        pool.add(each, None, returned=True)
    assert list(pool.for_template()) == [*returned, newer]
    assert [each.transaction for each in pool] == [newer, *returned]


def test_there_is_room_up_to_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = records(2)
    pool = Mempool([one])
    monkeypatch.setattr(module, "MEMPOOL_COUNT_MAX", 2)
    monkeypatch.setattr(module, "MEMPOOL_BYTES_MAX", one.size + two.size)
    assert pool.has_room(two.size)
    assert not pool.has_room(two.size + 1)
    pool.add(two, None)
    assert not pool.has_room(0)


def test_the_place_of_one_is_told_while_it_is_pending() -> None:
    one, two = records(2)
    pool = Mempool([one, two])
    assert [pool.place_of(each.txid) for each in (one, two)] == [1, 2]
    assert (pool.find(two.txid), pool.find(bytes(32))) == (two, None)
    pool.remove([one.txid])
    assert pool.place_of(one.txid) is None
