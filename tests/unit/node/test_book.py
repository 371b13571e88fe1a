"""The book of addresses: what is kept, what goes, and who is drawn."""

import random

import pytest

from p2pchain.node.book import Book
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import (
    ADDRESS_KEPT_MS,
    ADDRESSES_MAX,
    ADDRESSES_PER_GROUP,
    ADDRESSES_PER_SOURCE,
    GOSSIP_TRIES,
    MET_MAX,
    MET_PER_GROUP,
    REDIAL_FIRST_MS,
    REDIAL_MAX_MS,
)
from p2pchain.node.remembered import KnownAddress

START = Now(100 * ADDRESS_KEPT_MS, 0)
ANN, BOB, EVE = Address("192.0.2.1", 4343), Address("198.51.100.1", 4343), Address("203.0.113.1", 4343)


def make(*saved: KnownAddress) -> Book:
    return Book(random.Random(1), saved, START)


def known(book: Book) -> list[Address]:
    return [each.address for each in book.saved()]


def drawn(book: Book, *taken: str, now: Now = START, doubles: bool = True) -> set[Address | None]:
    """All that may be drawn, by drawing often."""
    return {book.choose(now, set(taken), lambda _: True, doubles=doubles) for _ in range(100)}


def test_what_was_heard_and_met_is_kept_with_who_said_so_and_when() -> None:
    book = make()
    book.hear(ANN, "198.51", START)
    book.meet(BOB, START)
    assert book.saved() == (
        KnownAddress(BOB, "198.51", START.wall_ms, START.wall_ms),
        KnownAddress(ANN, "198.51", START.wall_ms),
    )
    assert (ANN in book, EVE in book, len(book)) == (True, False, 2)


def test_the_first_source_counts_but_for_the_node_s_own_word() -> None:
    book = make()
    for source in ("198.51", "203.0"):
        book.hear(ANN, source, START)
    assert book.saved()[0].source == "198.51"
    book.hear(ANN, "192.0", Now(START.wall_ms + 5, 5), own_word=True)
    assert book.saved() == (KnownAddress(ANN, "192.0", START.wall_ms + 5, 0, own_word=True),)
    book.hear(ANN, "198.51", START)
    assert book.saved()[0].source == "192.0"


def test_hearsay_changes_nothing_about_who_was_met() -> None:
    book = make()
    book.hear(ANN, "198.51", START)
    book.meet(ANN, START)
    book.hear(ANN, "198.51", START)
    assert book.saved() == (KnownAddress(ANN, "192.0", START.wall_ms, START.wall_ms),)


def test_one_source_fills_its_share_and_no_more() -> None:
    book = make()
    book.hear(ANN, "192.0", START)
    for number in range(10_000):
        book.hear(Address(f"{20 + number % 200}.{number // 200}.0.1", 1), "203.0", START)
    assert len(book) == ADDRESSES_PER_SOURCE + 1
    assert ANN in book


def test_one_group_fills_its_share_and_who_told_most_of_it_gives_way() -> None:
    book = make()
    book.hear(ANN, "192.0", START)
    for number in range(500):
        book.hear(Address(f"192.0.3.{number % 250}", 1 + number), "203.0" if number % 2 else "203.1", START)
    assert len(book) == ADDRESSES_PER_GROUP
    assert ANN in book


def test_where_the_book_is_full_the_loudest_source_gives_way() -> None:
    book = make()
    for source in range(200):
        for number in range(ADDRESSES_PER_SOURCE if source < 20 else 1):
            book.hear(Address(f"{source + 1}.{number}.0.1", 1), f"{source + 1}.0", START)
    assert len(book) == ADDRESSES_MAX
    assert sum(each.source.split(".")[0] > "9" for each in book.saved())
    quiet = [each for each in book.saved() if int(each.source.split(".")[0]) > 20]
    assert len(quiet) == 180


def test_what_was_met_is_bounded_and_its_largest_group_gives_way() -> None:
    book = make()
    book.meet(ANN, START)
    for number in range(MET_PER_GROUP + 5):
        book.meet(Address("203.0.113.1", 1 + number), Now(START.wall_ms + number, 0))
    assert len(book) == MET_PER_GROUP + 1
    assert Address("203.0.113.1", 5) not in book
    assert Address("203.0.113.1", 6) in book
    for number in range(MET_MAX - 10):
        book.meet(Address(f"{20 + number // 2}.{number % 2}.0.1", 1), START)
    assert len(book) == MET_MAX
    assert ANN in book
    assert sum(address.host == "203.0.113.1" for address in known(book)) < MET_PER_GROUP


def test_what_fails_is_tried_later_and_hearsay_is_given_up() -> None:
    book = make()
    book.hear(ANN, "198.51", START)
    book.fail(ANN, START)
    assert drawn(book) == {None}
    assert drawn(book, now=Now(START.wall_ms, REDIAL_FIRST_MS)) == {ANN}
    for _ in range(GOSSIP_TRIES - 1):
        book.fail(ANN, START)
    assert ANN in book
    book.fail(ANN, START)
    assert ANN not in book
    book.fail(ANN, START)


def test_where_somebody_was_met_is_tried_for_a_month() -> None:
    book = make()
    book.meet(ANN, START)
    for _ in range(50):
        book.fail(ANN, Now(START.wall_ms + ADDRESS_KEPT_MS, 0))
    assert drawn(book, now=Now(START.wall_ms, REDIAL_MAX_MS)) == {ANN}
    book.fail(ANN, Now(START.wall_ms + ADDRESS_KEPT_MS + 1, 0))
    assert ANN not in book


def test_a_restart_forgets_what_is_old_and_takes_no_time_from_the_future() -> None:
    old, new = START.wall_ms - ADDRESS_KEPT_MS - 1, START.wall_ms + 1
    book = make(
        KnownAddress(ANN, "1.2", old), KnownAddress(BOB, "1.2", old, new), KnownAddress(EVE, "1.2", new)
    )
    assert book.saved() == (
        KnownAddress(BOB, "1.2", old, START.wall_ms),
        KnownAddress(EVE, "1.2", START.wall_ms),
    )


def test_groups_that_are_taken_come_last_or_not_at_all() -> None:
    book = make()
    for address in (ANN, BOB, EVE):
        book.hear(address, "1.2", START)
    book.meet(EVE, START)
    assert drawn(book) == {ANN, BOB, EVE}
    assert drawn(book, "203.0", "192.0") == {BOB}
    assert drawn(book, "203.0", "192.0", "198.51") == {ANN, BOB, EVE}
    assert drawn(book, "203.0", "192.0", "198.51", doubles=False) == {None}
    assert book.choose(START, set(), lambda address: address == BOB, doubles=True) == BOB
    assert book.choose(START, set(), lambda _: False, doubles=True) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_group_is_drawn_no_more_often_for_having_many_addresses(seed: int) -> None:
    book = Book(random.Random(seed), (), START)
    for number in range(ADDRESSES_PER_GROUP):
        book.hear(Address("203.0.113.1", 1 + number), "203.0", START)
    book.hear(ANN, "192.0", START)
    draws = [book.choose(START, set(), lambda _: True, doubles=True) for _ in range(400)]
    assert 150 < draws.count(ANN) < 250


def test_where_somebody_was_met_is_drawn_more_often_than_hearsay() -> None:
    book = make()
    book.hear(ANN, "198.51", START)
    book.meet(EVE, START)
    draws = [book.choose(START, set(), lambda _: True, doubles=True) for _ in range(400)]
    assert 270 < draws.count(EVE) < 330


def test_others_are_told_what_is_known_at_first_hand() -> None:
    book = make()
    book.hear(ANN, "192.0", START, own_word=True)
    book.hear(BOB, "198.51", START)
    book.meet(EVE, START)
    assert set(book.tell(9, None)) == {ANN, EVE}
    assert book.tell(9, EVE) == [ANN]
    assert book.tell(9, ANN) == [EVE]
    assert len(book.tell(1, None)) == 1


def test_what_is_forgotten_leaves_no_trace() -> None:
    book = make()
    book.hear(ANN, "198.51", START)
    book.meet(BOB, START)
    version = book.version
    assert book.forget(ANN)
    assert book.forget(BOB)
    assert not book.forget(EVE)
    assert book.version > version
    assert (len(book), dict(book._by_source), dict(book._by_group)) == (0, {}, {})
