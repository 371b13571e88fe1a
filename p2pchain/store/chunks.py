"""Many values in one statement: a call for each would cost several times what the database does for it."""

from collections.abc import Iterable, Iterator
from itertools import islice

# Statements of few lengths only, so that each is prepared once.
WIDTHS = (1, 8, 64)

Value = int | bytes


def chunks(values: Iterable[Value]) -> Iterator[tuple[str, list[Value | None]]]:
    """Give the list that stands behind IN in a statement, and what is bound there, until all values have been.

    What is bound in the end may be filled up with NULL, which equals nothing.
    """
    left = iter(values)
    while chunk := list[Value | None](islice(left, WIDTHS[-1])):
        width = next(width for width in WIDTHS if width >= len(chunk))
        yield f"({', '.join('?' * width)})", chunk + [None] * (width - len(chunk))
