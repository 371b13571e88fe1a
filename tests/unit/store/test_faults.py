"""What is wrong with a file is said with its name and what to do."""

import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw
import pytest

from p2pchain.chain.block import MalformedBlock
from p2pchain.chain.header import MalformedHeader
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import MalformedTransaction
from p2pchain.errors import StoreError
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import (
    ContradictionFound,
    StoreDamaged,
    StoreFailed,
    StoreFull,
    StoreLocked,
    StoreNotWritable,
    named,
)
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store


class NoRoomForSharedMemory(apsw.IOError):
    """What SQLite says when a file is opened on a disk that is full already."""

    extendedresult = apsw.SQLITE_IOERR_SHMSIZE


@pytest.mark.parametrize(
    ("cause", "fault"),
    [
        (apsw.CorruptError, StoreDamaged),
        (apsw.NotADBError, StoreDamaged),
        (apsw.FullError, StoreFull),
        (apsw.ReadOnlyError, StoreNotWritable),
        (apsw.CantOpenError, StoreNotWritable),
        (apsw.BusyError, StoreLocked),
        (apsw.IOError, StoreFailed),
        (NoRoomForSharedMemory, StoreFull),
        (partial(OSError, errno.ENOSPC, "no space"), StoreFull),
        (partial(OSError, errno.EDQUOT, "no quota"), StoreFull),
        (partial(OSError, errno.EACCES, "not allowed"), StoreNotWritable),
        (partial(ContradictionFound, "two tips"), StoreDamaged),
        (partial(UnicodeDecodeError, "utf-8", b"\xff", 0, 1, "no text"), StoreDamaged),
        (partial(MalformedBlock, "a block"), StoreDamaged),
        (partial(MalformedHeader, "a header"), StoreDamaged),
        (partial(MalformedTransaction, "a head"), StoreDamaged),
    ],
)
def test_each_cause_has_its_fault(cause: Callable[[], Exception], fault: type[StoreError]) -> None:
    with pytest.raises(fault, match=r"/data/chain\.db") as found, named(Path("/data/chain.db")):
        raise cause()
    assert found.value.remedy
    assert len(str(found.value).splitlines()) == 1


def test_each_fault_has_a_code_of_its_own() -> None:
    faults = StoreError.__subclasses__()
    assert len({fault.code for fault in faults} | {StoreError.code}) == len(faults) + 1


def test_what_is_no_fault_of_the_file_passes() -> None:
    with pytest.raises(DuplicateTransaction), named(Path("/data/chain.db")):
        raise DuplicateTransaction("each txid once")


def test_a_file_that_another_program_writes_is_said_to_be_in_use(tmp_path: Path) -> None:
    store = Store(tmp_path, simulated_network())
    store.writer._connection.set_busy_timeout(1)
    other = apsw.Connection(str(tmp_path / FILE_NAME))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked, match="close the other program"), store.writer.group():
        pytest.fail("a group has begun beside another writer")
    other.execute("ROLLBACK")
    other.close()
    with store.writer.group():
        store.writer.expire_pending(0)
    store.close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreDamaged, match="move it away"):
        Store(tmp_path, simulated_network())
    assert path.read_bytes() == b"not a database" * 100
