"""The mempool's bounds hold, whatever becomes of who has a claim on room, and in whichever order."""

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node import room as module
from p2pchain.node.density import Pending, step_of
from p2pchain.node.room import Room
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)
OTHER = ChainBuilder(simulated_network(), 2)
SIZE = BUILDER.record().size


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have room for four records, three of them of one author, and a slice of two."""
    for name, bound in (("COUNT_MAX", 4), ("BYTES_MAX", 5 * SIZE), ("AUTHOR_COUNT_MAX", 3)):
        monkeypatch.setattr(module, f"MEMPOOL_{name}", bound)
    monkeypatch.setattr(module, "PENDING_SLICE_COUNT", 2)
    monkeypatch.setattr(module, "PENDING_SLICE_BYTES", 2 * SIZE)


def record(work_bits: int = 0, *, times: int = 1, builder: ChainBuilder = BUILDER) -> Transaction:
    """Give a record of some work, so many times as long as others."""
    made = builder.record(builder.rng.randbytes(16 + (times - 1) * SIZE))
    return made._replace(txid=(2 ** (255 - work_bits) + builder.rng.getrandbits(30)).to_bytes(32, "big"))


def is_there(_: Pending) -> bool:
    return True


def is_gone(_: Pending) -> bool:
    return False


def fill(room: Room, *transactions: Transaction) -> list[Pending]:
    found = [Pending(place, each, None, step_of(each)) for place, each in enumerate(transactions, 1)]
    for each in found:
        room.enter(each)
    return found


def test_who_is_on_the_way_counts() -> None:
    room = Room()
    assert [room.claim(record()) for _ in range(4)] == [()] * 4
    assert (room.count, room.size) == (4, 4 * SIZE)
    assert room.claim(record()) is None


def test_a_claim_that_comes_to_nothing_leaves_nothing() -> None:
    room = Room()
    newcomer = record()
    assert room.claim(newcomer) == ()
    room.settle(newcomer, (), None, is_there)
    assert (room.count, room.size, room._authors) == (0, 0, {})


def test_bytes_are_bounded_too() -> None:
    room = Room()
    assert room.claim(record(times=4)) == ()
    assert room.claim(record(times=2)) is None
    assert room.claim(record()) == ()


def test_more_work_a_byte_takes_the_place_of_less_and_of_as_much_as_it_needs() -> None:
    room = Room()
    poor, middling, *_ = fill(room, record(), record(3), record(6), record(6))
    assert room.claim(record()) is None
    newcomer = record(5)
    assert room.claim(newcomer) == (poor,)
    assert (room.count, room.size) == (4, 4 * SIZE)
    large = record(9, times=2)
    assert room.claim(large) == (middling,)
    assert (room.count, room.size) == (4, 5 * SIZE)
    assert room.claim(record(5)) is None
    assert room.claim(record(9, times=3)) is None


def test_who_has_to_leave_counts_until_it_is_gone_and_stays_if_it_need_not() -> None:
    room = Room()
    poor, *_ = fill(room, record(), record(6), record(6), record(6))
    newcomer = record(5)
    room.claim(newcomer)
    room.settle(newcomer, (poor,), None, is_there)
    assert (room.count, room.size) == (4, 4 * SIZE)
    assert room.claim(newcomer) == (poor,)
    entered = Pending(9, newcomer, None, step_of(newcomer))
    room.leave([poor])
    assert room.count == 4
    room.settle(newcomer, (poor,), entered, is_gone)
    assert (room.count, room.size) == (4, 4 * SIZE)
    assert room.claim(record(6)) == (entered,)


def test_room_that_is_claimed_is_nobody_else_s_though_who_had_it_went_into_the_chain() -> None:
    room = Room()
    poor, *_ = fill(room, record(), record(6), record(6), record(6))
    newcomer = record(5)
    room.claim(newcomer)
    room.leave([poor])
    assert room.claim(record()) is None
    room.settle(newcomer, (poor,), None, is_gone)
    assert room.count == 3
    assert room.claim(record()) == ()


def test_an_author_has_a_share_by_count_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    mine = fill(room, record(), record(), record())
    author, other = mine[0].transaction.author, OTHER.author.public
    assert room.is_full_for(author)
    assert not room.is_full_for(other)
    room.leave([mine[0]])
    assert not room.is_full_for(author)
    monkeypatch.setattr(module, "MEMPOOL_AUTHOR_BYTES_MAX", 2 * SIZE)
    assert room.is_full_for(author)
    room.claim(record(builder=OTHER))
    assert not room.is_full_for(other)


def test_a_slice_from_the_disk_is_taken_on_top_and_newcomers_then_make_room_for_themselves_only() -> None:
    room = Room()
    fill(room, *(record() for _ in range(4)))
    assert room.has_slice()
    older = [Pending(place, record(), None, step_of(record()), place) for place in (11, 12)]
    for each in older:
        assert room.fits_slice(each.transaction)
        room.enter(each)
    assert not room.has_slice()
    assert not room.fits_slice(record())
    room.leave([older[1]])
    assert not room.fits_slice(record(times=3))
    room.enter(older[1])
    victims = room.claim(record(4))
    assert victims is not None
    assert len(victims) == 1
    assert room.count == 6
    room.leave([older[0]])
    room.leave([older[1]])
    assert room.has_slice()
