"""Many values in one statement: a call for each would cost several times what the database does for it.

And each call gives the interpreter away: on a busy machine the writer would wait for it once for every row.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

# Statements of few lengths only, so that each is prepared once.
WIDTHS = (1, 8, 64, 512)

Value = int | bytes | None


def values(given: Iterable[Value]) -> Iterator[tuple[str, list[Value]]]:
    """Give the list that stands behind IN in a statement, and what is bound there, until all have been.

    What is bound in the end may be filled up with NULL, which equals nothing.
    """
    left = iter(given)
    while chunk := list(islice(left, WIDTHS[-1])):
        width = next(width for width in WIDTHS if width >= len(chunk))
        yield f"({_marks(width)})", chunk + [None] * (width - len(chunk))


def rows(given: Iterable[Sequence[Value]]) -> Iterator[tuple[str, list[Value]]]:
    """Give the list of rows that stands behind VALUES, and what is bound there, until all have been."""
    left = iter(given)
    while chunk := list(islice(left, WIDTHS[-1])):
        row = f"({_marks(len(chunk[0]))})"
        while chunk:
            width = max(width for width in WIDTHS if width <= len(chunk))
            yield ", ".join([row] * width), list(chain.from_iterable(chunk[:width]))
            del chunk[:width]


def _marks(count: int) -> str:
    return ", ".join("?" * count)
