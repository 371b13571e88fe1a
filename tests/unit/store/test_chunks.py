"""Values by the chunk: all of them, in order, in statements of few lengths."""

import pytest

from p2pchain.store.chunks import WIDTHS, chunks


@pytest.mark.parametrize("count", [0, 1, 2, 8, 9, 63, 64, 65, 200])
def test_each_value_is_bound_once_and_the_rest_is_null(count: int) -> None:
    given = list(range(count))
    bound = [value for _, chunk in chunks(given) for value in chunk if value is not None]
    assert bound == given


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 65, 200])
def test_there_is_a_mark_for_each_and_few_kinds_of_lists(count: int) -> None:
    for marks, bound in chunks(range(count)):
        assert marks == f"({', '.join('?' * len(bound))})"
        assert len(bound) in WIDTHS


def test_no_more_is_taken_at_a_time_than_the_widest_holds() -> None:
    values = iter(range(1000))
    next(chunks(values))
    assert next(values) == WIDTHS[-1]
