"""What can be wrong with a data directory: each fault names the file and says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from p2pchain.chain.block import MalformedBlock
from p2pchain.chain.header import MalformedHeader
from p2pchain.chain.transaction import MalformedTransaction
from p2pchain.errors import StoreError

FETCH_AGAIN = "move it away and start again: the node fetches the chain from its peers"

MAKE_ROOM = "free some of it: a running node goes on by itself, another one can be started then"


class StoreLocked(StoreError):
    """Another process uses the data directory, or the file in it."""

    code = "store_locked"
    transient = True


class StoreDamaged(StoreError):
    """The file is not a database, not one of ours, or what it holds contradicts itself."""

    code = "store_damaged"


class StoreNewer(StoreError):
    """The file was written by a later version of this program."""

    code = "store_newer"


class StoreOlder(StoreError):
    """The file was written by an earlier version of this program, and only a node that is started changes that."""

    code = "store_older"


class StoreOfOtherNetwork(StoreError):
    """The file holds the chain of another network."""

    code = "store_of_other_network"


class StoreNotWritable(StoreError):
    """The directory or the file cannot be written."""

    code = "store_not_writable"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store_full"
    transient = True


class StoreFailed(StoreError):
    """The disk or the file system refused for another reason."""

    code = "store_failed"


class ContradictionFound(Exception):
    """Two places in the file do not agree; `named` turns it into `StoreDamaged`."""


def fault_of(path: Path, error: Exception) -> StoreError:
    """Tell what an error of SQLite, of the system or in what was read means for the file."""
    found = (isinstance(error, OSError) and error.strerror) or str(error)
    match error:
        case apsw.NotADBError() | apsw.CorruptError() | ContradictionFound() | UnicodeDecodeError():
            return StoreDamaged(f"a sound database in {path}", found, FETCH_AGAIN)
        case MalformedBlock() | MalformedHeader() | MalformedTransaction():
            found = error.code.replace("_", " ")
            return StoreDamaged(f"whole blocks and transactions in {path}", found, FETCH_AGAIN)
        case apsw.FullError() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return StoreFull(f"room on the disk for {path}", found, MAKE_ROOM)
        # What opening a file comes to on a disk that is full already.
        case apsw.IOError() if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
            return StoreFull(f"room on the disk for {path}", found, MAKE_ROOM)
        case apsw.BusyError() | apsw.LockedError():
            return StoreLocked(
                f"{path} for this node alone", found, "close the other program that has it open"
            )
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError() | OSError():
            return StoreNotWritable(f"{path} to be readable and writable", found, "check its owner and mode")
        case _:
            return StoreFailed(f"{path} to be read and written", found, "check the disk and its file system")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file, while it is opened, read or written, into a `StoreError` about it."""
    try:
        yield
    except (
        apsw.Error,
        OSError,
        UnicodeDecodeError,
        ContradictionFound,
        MalformedBlock,
        MalformedHeader,
        MalformedTransaction,
    ) as error:
        raise fault_of(path, error) from error
