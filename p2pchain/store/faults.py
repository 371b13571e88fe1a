"""What can be wrong with a data directory, each with the file's name and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from p2pchain.errors import StoreError


class StoreLocked(StoreError):
    """Another process uses the data directory."""

    code = "store_locked"


class StoreDamaged(StoreError):
    """The file is not a database, or its pages contradict each other."""

    code = "store_damaged"


class StoreNewer(StoreError):
    """The file was written by a later version of this program."""

    code = "store_newer"


class StoreOfOtherNetwork(StoreError):
    """The file holds the chain of another network."""

    code = "store_of_other_network"


class StoreNotWritable(StoreError):
    """The directory or the file cannot be written."""

    code = "store_not_writable"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store_full"


class StoreFailed(StoreError):
    """The disk or the operating system refused for another reason."""

    code = "store_failed"


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about a file into ours."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        remedy = "move it away and start again: the node fetches the chain from its peers"
        raise StoreDamaged(f"a sound database in {path} ({error})", "", remedy) from error
    except apsw.FullError as error:
        raise StoreFull(f"room on the disk for {path}", "none", "free some, then start again") from error
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError) as error:
        raise StoreNotWritable(
            f"a file that can be written: {path} ({error})", "", "check owner and mode"
        ) from error
    except apsw.Error as error:
        raise StoreFailed(f"{path} to be read and written ({error})", "", "check the disk") from error
