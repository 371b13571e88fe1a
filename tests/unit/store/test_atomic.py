"""All or nothing, also where SQLite has undone it by itself."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from p2pchain.chain.network import Network
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.atomic import atomic
from p2pchain.store.faults import StoreFull
from p2pchain.store.store import Store

MACHINE = "unix"


class SmallDisk(apsw.VFS):
    """The machine's file system, which takes a number of writes and then no more."""

    def __init__(self) -> None:
        super().__init__("small", MACHINE, makedefault=True)
        self.room = 0

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # its name
        return SmallFile(name, flags, self)


class SmallFile(apsw.VFSFile):
    """A file on it."""

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], disk: SmallDisk) -> None:
        super().__init__(MACHINE, name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's name for it
        self._disk.room -= 1
        if self._disk.room < 0:
            raise apsw.FullError("no room")
        super().xWrite(data, offset)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    layer = SmallDisk()
    yield layer
    layer.unregister()


@pytest.fixture
def table() -> Iterator[apsw.Connection]:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE number (value INTEGER)")
    yield connection
    connection.close()


def test_what_is_inside_lasts(table: apsw.Connection) -> None:
    with atomic(table):
        table.execute("INSERT INTO number VALUES (1), (2)")
    assert not table.in_transaction
    assert table.execute("SELECT count(*) FROM number").get == 2


def test_a_refusal_undoes_what_came_before_it(table: apsw.Connection) -> None:
    with pytest.raises(apsw.SQLError), atomic(table):
        table.execute("INSERT INTO number VALUES (1); nonsense")
    assert not table.in_transaction
    assert table.execute("SELECT count(*) FROM number").get == 0


def test_what_sqlite_has_undone_by_itself_is_not_undone_again(table: apsw.Connection) -> None:
    with pytest.raises(apsw.SQLError, match="nonsense"), atomic(table):
        table.execute("ROLLBACK; nonsense")


def test_a_part_of_a_transaction_is_undone_alone(table: apsw.Connection) -> None:
    with atomic(table):
        table.execute("INSERT INTO number VALUES (1)")
        with (
            pytest.raises(apsw.SQLError),
            atomic(table, "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"),
        ):
            table.execute("INSERT INTO number VALUES (2); nonsense")
    assert table.execute("SELECT value FROM number").get == 1


def test_a_disk_that_fills_up_while_a_store_is_made_is_said_to_be_full(
    tmp_path: Path, disk: SmallDisk
) -> None:
    network = simulated_network()
    room = 0
    while not makes(tmp_path / str(room), network, disk, room):
        disk.room = 1_000_000
        store = Store(tmp_path / str(room), network)
        assert store.restore(1).recent[0].header == network.genesis
        store.close()
        room += 3
    assert room > 20


def makes(directory: Path, network: Network, disk: SmallDisk, room: int) -> bool:
    """Whether a store can be made with room for so many writes; where it cannot, it is said to be for lack of room."""
    disk.room = room
    try:
        store = Store(directory, network)
    except StoreFull:
        return False
    except apsw.FullError as error:  # from the close that follows, where SQLite itself says nothing
        if not isinstance(error.__context__, StoreFull):
            raise
        return False
    disk.room = 1_000_000
    store.close()
    return True
