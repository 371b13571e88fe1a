"""One transaction, or a part of one: all of what is inside, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw


@contextmanager
def atomic(
    connection: apsw.Connection, begin: str = "BEGIN IMMEDIATE", end: str = "COMMIT", undo: str = "ROLLBACK"
) -> Iterator[None]:
    """Make all that is done inside last, or none of it where anything inside is refused.

    Raises:
        apsw.Error: the disk refused.
    """
    connection.execute(begin)
    try:
        yield
        connection.execute(end)
    except BaseException:
        # SQLite has undone everything by itself where the disk refused badly enough.
        if connection.in_transaction:
            connection.execute(undo)
        raise
