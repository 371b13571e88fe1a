"""Opens the database file, and brings an older one up to date by numbered steps, each in one transaction."""

import errno
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import apsw

from p2pchain.store.atomic import atomic
from p2pchain.store.faults import StoreDamaged, StoreFailed, StoreNewer, StoreOlder, named

# "p2pc", so that `file` and others can tell whose it is.
APPLICATION_ID = 0x70327063
FILE_NAME = "chain.db"
CACHE_KIB = 32 * 1024
BUSY_TIMEOUT_MS = 5_000
# How far the log grows before its pages go to their places, and what it shrinks to after a commit that took more. Pages
# of a large index are hit again and again, so it pays to wait; a start after a crash reads this much.
WAL_PAGES = 4_096
WAL_BYTES_KEPT = 16 * 1024 * 1024


def migrations() -> list[str]:
    """Read the steps in order of their numbers; the first makes an empty file into version 1."""
    folder = resources.files("p2pchain.store") / "migrations"
    found = {each.name: each for each in folder.iterdir() if each.name.endswith(".sql")}
    return [found[name].read_text(encoding="utf-8") for name in sorted(found)]


def open_writer(path: Path, steps: Sequence[str] = ()) -> apsw.Connection:
    """Open the file for the one writer, made or migrated (by all steps, where none are given).

    A commit is on disk when it returns: WAL, synchronous=FULL.

    Raises:
        StoreDamaged: it is a database of something else, which is left as it was.
        StoreNewer: it was written by a later version.
        StoreError: it cannot be opened, read or written.
    """
    steps = steps or migrations()
    with named(path):
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            _check_writable(connection)
            version = _version(connection, path, len(steps))
            _set_up(connection, path)
            for number, step in enumerate(steps[version:], start=version + 1):
                _migrate(connection, step, number)
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open the file, which exists, for one thread that only reads.

    Raises:
        StoreDamaged: it is a database of something else.
        StoreNewer: it was written by a later version.
        StoreOlder: it was written by an earlier version, and no node has been started since.
        StoreError: it cannot be opened or read.
    """
    with named(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            connection.pragma("query_only", True)
            _check_up_to_date(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _check_writable(connection: apsw.Connection) -> None:
    """SQLite opens what it may not write for reading, and would say so at the first commit only."""
    if connection.readonly("main"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _version(connection: apsw.Connection, path: Path, newest: int) -> int:
    """Give the version of the file, 0 for an empty one, before anything is changed in it."""
    version = int(connection.pragma("user_version"))
    owner = int(connection.pragma("application_id"))
    empty = not connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").get
    if owner != APPLICATION_ID and (owner or version or not empty):
        remedy = "choose another directory with --data"
        raise StoreDamaged(f"a database of p2pchain in {path}", "another program's", remedy)
    if version > newest:
        remedy = "run the newer program, or choose another directory with --data"
        raise StoreNewer(f"{path} of schema {newest} or older", f"schema {version}", remedy)
    return version


def _check_up_to_date(connection: apsw.Connection, path: Path) -> None:
    newest = len(migrations())
    version = _version(connection, path, newest)
    if version < newest:
        remedy = "start the node once: it brings the file up to date"
        raise StoreOlder(f"{path} of schema {newest}", f"schema {version}", remedy)


def _set_up(connection: apsw.Connection, path: Path) -> None:
    mode = connection.pragma("journal_mode", "wal")
    if mode != "wal":
        remedy = "choose a directory on a local disk with --data"
        raise StoreFailed(f"a file system that can hold the log of {path}", f"journal mode {mode}", remedy)
    connection.pragma("synchronous", "full")
    connection.pragma("secure_delete", True)  # what was forgotten must not lie in the file's free pages
    connection.pragma("cache_size", -CACHE_KIB)
    connection.pragma("wal_autocheckpoint", WAL_PAGES)
    connection.pragma("journal_size_limit", WAL_BYTES_KEPT)


def _migrate(connection: apsw.Connection, step: str, number: int) -> None:
    with atomic(connection):
        connection.execute(step)
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", number)
