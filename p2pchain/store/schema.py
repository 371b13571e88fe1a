"""Opens the database file, and brings an older one up to date by numbered steps, each in one transaction."""

from importlib import resources
from pathlib import Path

import apsw

from p2pchain.store.faults import StoreDamaged, StoreNewer

# "p2pc", so that `file` and others can tell whose it is.
APPLICATION_ID = 0x70327063
FILE_NAME = "chain.db"
CACHE_KIB = 32 * 1024
BUSY_TIMEOUT_MS = 5_000


def migrations() -> list[str]:
    """Read the steps in order; the first makes an empty file into version 1."""
    folder = resources.files("p2pchain.store") / "migrations"
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name
    )
    return [each.read_text(encoding="utf-8") for each in files]


def open_writer(path: Path) -> apsw.Connection:
    """Open the file for the one writer; a commit is on disk when it returns (WAL, synchronous=FULL).

    Raises:
        StoreDamaged: it is a database of something else.
        StoreNewer: it was written by a later version.
    """
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    _migrate(connection, path)
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open the file for one thread that only reads."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _migrate(connection: apsw.Connection, path: Path) -> None:
    version = int(connection.pragma("user_version"))
    steps = migrations()
    if version > len(steps):
        remedy = "run the newer program, or move the file away"
        raise StoreNewer(f"{path} of schema {len(steps)} or older", f"schema {version}", remedy)
    owner = int(connection.pragma("application_id"))
    if owner != APPLICATION_ID and (version or owner):
        raise StoreDamaged(
            f"a database of p2pchain in {path}", "another program's", "choose another directory"
        )
    for number, step in enumerate(steps[version:], start=version + 1):
        with connection:
            connection.execute(step)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)
