"""The pending transactions in memory, in order and within bounds."""

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node import mempool as mempool_module
from p2pchain.node import room as room_module
from p2pchain.node.mempool import EMPTY_MAX, Mempool
from p2pchain.node.ports import StoredPending
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)


def records(count: int) -> list[Transaction]:
    return [BUILDER.record() for _ in range(count)]


def placed(transactions: list[Transaction], first: int = 1) -> list[StoredPending]:
    return [StoredPending(place, each) for place, each in enumerate(transactions, first)]


def take_in(pool: Mempool, *transactions: Transaction, source: int | None = None) -> None:
    """Have newcomers claim room, and get onto the disk."""
    for each in transactions:
        victims = pool.claim(each)
        assert victims is not None
        pool.remove(victim.transaction.txid for victim in victims)
        pool.add(each, source, victims)


def pool_of(*transactions: Transaction) -> Mempool:
    pool = Mempool()
    take_in(pool, *transactions)
    return pool


def test_what_was_on_disk_is_there_in_its_order() -> None:
    kept = records(3)
    pool = Mempool(placed(kept))
    assert [pending.transaction for pending in pool] == kept == list(pool.for_template())
    assert len(pool) == pool.total == 3
    assert pool.size == pool.room.size == sum(each.size for each in kept)
    assert pool.has_slice()
    assert kept[0].txid in pool
    assert bytes(32) not in pool


def test_what_has_gone_into_the_chain_leaves_no_gap_for_readers() -> None:
    kept = records(6)
    pool = pool_of(*kept)
    pool.remove([kept[1].txid, kept[4].txid])
    assert [each.transaction for each in pool.since(2)] == [kept[2], kept[3], kept[5]]
    assert [each.transaction for each in pool.after(kept[2].txid)] == [kept[3], kept[5]]
    assert [each.transaction for each in pool.after(kept[1].txid)] == [kept[0], kept[2], kept[3], kept[5]]
    assert len(list(pool.after(None))) == 4
    assert pool.size == pool.room.size == sum(kept[each].size for each in (0, 2, 3, 5))


def test_places_are_let_go_of_when_most_are_empty() -> None:
    stays, *old = records(1_500)
    pool = pool_of(stays)
    for place, each in enumerate(old):
        take_in(pool, each)
        pool.remove([each.txid])
        pool.waiting += 1
        pool.take_back([StoredPending(place, each)])
        pool.remove([each.txid])
    assert len(pool._sequences) <= EMPTY_MAX + 3
    assert len(pool._places) <= EMPTY_MAX + 2
    assert [each.transaction for each in pool.since(0)] == [stays] == list(pool.for_template())
    assert pool.next_sequence == 3_000


def test_places_on_disk_are_let_go_of_too() -> None:
    kept = records(3 * EMPTY_MAX)
    pool = Mempool(placed(kept))
    pool.remove([each.txid for each in kept[:-2]])
    assert len(pool._places) == len(pool._sequences) == 2
    assert list(pool.for_template()) == kept[-2:]


def test_what_a_reorganisation_returned_comes_first_in_blocks_and_in_the_order_of_the_disk() -> None:
    newer, *returned, restored = records(6)
    pool = Mempool([StoredPending(9, restored)])
    take_in(pool, newer)
    pool.waiting += 4
    assert pool.take_back(placed(returned[2:], 3)) == 2
    assert pool.take_back(placed(returned[:2], 1)) == 2
    assert list(pool.for_template()) == [*returned, restored, newer]
    assert [each.transaction for each in pool] == [restored, newer, *returned[2:], *returned[:2]]
    pool.remove([returned[0].txid])
    assert list(pool.for_template()) == [*returned[1:], restored, newer]
    assert pool.waiting == 0


def test_what_is_on_disk_is_taken_in_until_the_room_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 2)
    monkeypatch.setattr(room_module, "PENDING_SLICE_COUNT", 1)
    kept = records(6)
    pool = Mempool(placed(kept[:2]), waiting=4)
    assert (len(pool), pool.waiting, pool.total) == (2, 4, 6)
    assert pool.take_back(placed(kept)) == 3
    assert (len(pool), pool.waiting, pool.total) == (3, 3, 6)
    pool.remove([kept[0].txid, kept[5].txid])
    assert (len(pool), pool.waiting) == (2, 2)


def test_a_newcomer_takes_the_place_of_others_once_they_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 1)
    poor, rich = sorted(records(40), key=lambda each: each.work)[::39]
    pool = pool_of(poor)
    victims = pool.claim(rich)
    assert victims is not None
    assert [each.transaction for each in victims] == [poor]
    assert poor.txid in pool
    pool.release(rich, victims)
    assert poor.txid in pool
    take_in(pool, rich)
    assert [each.transaction for each in pool] == [rich]
    assert pool.claim(poor) is None


def unswept(monkeypatch: pytest.MonkeyPatch, pool: Mempool, *gone: Transaction) -> None:
    """Take something out that stays to be swept up."""
    monkeypatch.setattr(mempool_module, "SWEPT_PER_TURN", 0)
    pool.remove([each.txid for each in gone])
    monkeypatch.setattr(mempool_module, "SWEPT_PER_TURN", 1)


def test_what_is_to_be_swept_up_is_here_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    old, *kept = records(5)
    pool = Mempool(placed([old]))
    take_in(pool, *kept)
    unswept(monkeypatch, pool, old, *kept[:2])
    assert [each.transaction for each in pool] == kept[2:] == list(pool.for_template())
    assert [each.transaction for each in pool.since(0)] == kept[2:]
    assert (len(pool), pool.size, old.txid in pool) == (2, sum(each.size for each in kept[2:]), False)
    assert len(list(pool.sweep())) == 3
    assert list(pool.sweep()) == []
    assert (pool.room.count, pool.room.size) == (2, pool.size)


def test_another_can_have_the_place_on_disk_of_one_that_is_to_be_swept_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, other = records(2)
    pool = Mempool(placed([old]))
    unswept(monkeypatch, pool, old)
    pool.waiting += 1
    assert pool.take_back(placed([other])) == 1
    list(pool.sweep())
    assert list(pool.for_template()) == [other]
    assert pool.waiting == 0


def test_where_room_is_short_it_is_swept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 2)
    monkeypatch.setattr(room_module, "MEMPOOL_AUTHOR_COUNT_MAX", 2)
    monkeypatch.setattr(room_module, "PENDING_SLICE_COUNT", 0)
    first, second, third, *later = records(5)
    pool = pool_of(first)
    assert not pool.is_full_for(first.author)
    take_in(pool, second)
    assert pool.is_full_for(first.author)
    unswept(monkeypatch, pool, first, second)
    assert not pool.is_full_for(first.author)
    take_in(pool, second, first)
    unswept(monkeypatch, pool, first, second)
    assert pool.claim(third) == ()
    pool.add(third, None)
    take_in(pool, first)
    unswept(monkeypatch, pool, first, third)
    pool.waiting += 2
    assert pool.take_back(placed(later)) == 2
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 1)
    assert not pool.has_slice()
    unswept(monkeypatch, pool, *later)
    assert pool.has_slice()


def test_the_place_of_one_is_told_while_it_is_pending() -> None:
    one, two = records(2)
    pool = pool_of(one, two)
    assert [pool.place_of(each.txid) for each in (one, two)] == [1, 2]
    assert (pool.find(two.txid), pool.find(bytes(32))) == (two, None)
    pool.remove([one.txid])
    assert pool.place_of(one.txid) is None
