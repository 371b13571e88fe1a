"""Values and rows by the chunk: all of them, in order, in statements of few lengths."""

import pytest

from p2pchain.store import chunks
from p2pchain.store.chunks import WIDTHS

COUNTS = [0, 1, 2, 8, 9, 63, 64, 65, 200, 512, 600, 2_000]


@pytest.mark.parametrize("count", COUNTS)
def test_each_value_is_bound_once_and_the_rest_is_null(count: int) -> None:
    found = [value for _, bound in chunks.values(range(count)) for value in bound if value is not None]
    assert found == list(range(count))


@pytest.mark.parametrize("count", COUNTS)
def test_there_is_a_mark_for_each_value_and_few_kinds_of_lists(count: int) -> None:
    for marks, bound in chunks.values(range(count)):
        assert marks == f"({', '.join('?' * len(bound))})"
        assert len(bound) in WIDTHS


@pytest.mark.parametrize("count", COUNTS)
def test_each_row_is_bound_once_and_nothing_else(count: int) -> None:
    found = [value for _, bound in chunks.rows((number, None) for number in range(count)) for value in bound]
    assert found == [value for number in range(count) for value in (number, None)]


@pytest.mark.parametrize("count", COUNTS)
def test_there_is_a_mark_for_each_value_of_a_row_and_few_kinds_of_lists(count: int) -> None:
    for marks, bound in chunks.rows((number, b"") for number in range(count)):
        assert marks == ", ".join(["(?, ?)"] * (len(bound) // 2))
        assert len(bound) // 2 in WIDTHS


def test_no_more_is_taken_at_a_time_than_the_widest_holds() -> None:
    given = iter(range(1000))
    next(chunks.values(given))
    assert next(given) == WIDTHS[-1]
    rows = ((number,) for number in range(1000))
    next(chunks.rows(rows))
    assert next(rows) == (WIDTHS[-1],)
