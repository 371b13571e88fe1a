"""Whatever is heard, met, forgotten and restarted, in whatever order: the book keeps its shares, and loses no count."""

import random
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from p2pchain.node.book import Book
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import (
    ADDRESS_KEPT_MS,
    ADDRESSES_PER_GROUP,
    ADDRESSES_PER_SOURCE,
    MET_PER_GROUP,
    REDIAL_MAX_MS,
)

START_MS = 100 * ADDRESS_KEPT_MS
GROUPS = ("20.1", "20.2", "127.0.0", "10.0.0")
SOURCES = ("20.1", "20.2", "20.3")


def row(group: str, first: int, count: int) -> list[Address]:
    """Some hosts of a group, one after the other."""
    middle = "1." if group.count(".") == 1 else ""
    return [Address(f"{group}.{middle}{number}", 1 + number % 2) for number in range(first, first + count)]


steps = st.lists(
    st.tuples(
        st.sampled_from(["hear"] * 6 + ["own word", "meet", "fail", "forget", "restart", "choose"]),
        st.builds(row, st.sampled_from(GROUPS), st.integers(1, 40), st.sampled_from([1, 2, 40])),
        st.sampled_from(SOURCES),
        st.integers(0, REDIAL_MAX_MS),
    ),
    max_size=20,
)


def step(book: Book, what: str, told: list[Address], source: str, now: Now) -> Book:
    if what == "restart":
        return Book(random.Random(2), book.saved(), now)
    if what == "choose":
        drawn = book.choose(now, {"20.1"}, lambda each: each not in told, doubles=False)
        assert drawn is None or (drawn in book and drawn not in told)
        return book
    for address in told:
        if what in ("hear", "own word"):
            book.hear(address, source, now, own_word=what == "own word")
        elif what == "meet":
            book.meet(address, now)
        elif what == "fail":
            book.fail(address, now)
        else:
            book.forget(address)
    return book


def check(book: Book) -> None:
    heard = {known.address: known for known in book.saved() if not known.met_ms}
    assert len(heard) + len(book._met) == len(book)
    assert max(Counter(known.source for known in heard.values()).values(), default=0) <= ADDRESSES_PER_SOURCE
    assert (
        max(Counter(entry.group for entry in book._heard.values()).values(), default=0) <= ADDRESSES_PER_GROUP
    )
    assert max(Counter(entry.group for entry in book._met.values()).values(), default=0) <= MET_PER_GROUP
    assert not set(book._met) & set(heard)
    for index, name in ((book._by_source, "source"), (book._by_group, "group")):
        assert {(key, address) for key, held in index.items() for address in held} == {
            (getattr(entry, name), address) for address, entry in book._heard.items()
        }
        assert all(index.values())


@given(steps)
@example([("hear", row(group, 1, 40), "20.3", 0) for group in GROUPS])
def test_the_book_keeps_its_shares(taken: list[tuple[str, list[Address], str, int]]) -> None:
    now = Now(START_MS, 0)
    book = Book(random.Random(1), (), now)
    for what, told, source, passed_ms in taken:
        now = Now(now.wall_ms + passed_ms, now.ticks_ms + passed_ms)
        book = step(book, what, told, source, now)
        check(book)
