"""The file: made, recognised, and refused where it is another's or newer."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import apsw
import pytest

from p2pchain.errors import StoreError
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import StoreDamaged, StoreFailed, StoreNewer, StoreNotWritable, StoreOlder
from p2pchain.store.schema import APPLICATION_ID, FILE_NAME, migrations, open_reader, open_writer
from p2pchain.store.store import Store

NOBODY = 65_534


def test_a_commit_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / FILE_NAME)
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2
    assert connection.pragma("application_id") == APPLICATION_ID
    assert connection.pragma("user_version") == len(migrations())
    connection.close()
    open_writer(tmp_path / FILE_NAME).close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_writer(tmp_path / FILE_NAME).close()
    reader = open_reader(tmp_path / FILE_NAME)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("INSERT INTO meta VALUES ('x', x'00')")
    reader.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / FILE_NAME)
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(StoreNewer, match=r"schema 99; run the newer program"):
        Store(tmp_path, simulated_network())


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / FILE_NAME))
    connection.pragma("application_id", 7)
    connection.close()
    with pytest.raises(StoreDamaged, match="another program"):
        Store(tmp_path, simulated_network())


@pytest.mark.parametrize("version", [0, 12])
def test_a_database_without_a_name_that_holds_something_is_left_as_it_is(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / FILE_NAME
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE recipes (name)")
    connection.pragma("user_version", version)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="another program"):
        Store(tmp_path, simulated_network())
    assert path.read_bytes() == before


def test_a_newer_file_is_left_as_it_is(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / FILE_NAME)
    connection.pragma("user_version", 99)
    connection.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreNewer):
        open_writer(tmp_path / FILE_NAME)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    store = Store(tmp_path, simulated_network())
    store.close()
    steps = [*migrations(), "ALTER TABLE block ADD COLUMN note TEXT", "CREATE TABLE more (x)"]
    connection = open_writer(tmp_path / FILE_NAME, steps)
    assert connection.pragma("user_version") == len(steps)
    assert connection.execute("SELECT height, note FROM block").fetchall() == [(0, None)]
    connection.close()


def test_a_step_that_fails_leaves_the_file_as_the_last_one_made_it(tmp_path: Path) -> None:
    steps = [*migrations(), "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)"]
    with pytest.raises(StoreFailed, match="nowhere"):
        open_writer(tmp_path / FILE_NAME, steps)
    connection = open_writer(tmp_path / FILE_NAME)
    assert connection.pragma("user_version") == len(migrations())
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").get == 0
    connection.close()


def test_steps_are_numbered_from_one_without_gaps() -> None:
    folder = resources.files("p2pchain.store") / "migrations"
    numbers = sorted(int(each.name.split("_")[0]) for each in folder.iterdir() if each.name.endswith(".sql"))
    assert numbers == list(range(1, len(migrations()) + 1))


def test_a_file_that_cannot_have_a_log_is_refused() -> None:
    with pytest.raises(StoreFailed, match=r"journal mode memory; choose a directory on a local disk"):
        open_writer(Path(":memory:"))


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreNotWritable, match=r"chain\.db"):
        Store(tmp_path, simulated_network())


def test_a_reader_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreNotWritable, match=r"chain\.db"):
        open_reader(tmp_path / FILE_NAME)


@pytest.mark.parametrize(("version", "fault"), [(1, StoreOlder), (99, StoreNewer)])
def test_a_reader_needs_a_file_of_this_version(tmp_path: Path, version: int, fault: type[StoreError]) -> None:
    connection = open_writer(tmp_path / FILE_NAME)
    connection.pragma("user_version", version)
    connection.close()
    with pytest.raises(fault, match=rf"chain\.db .*schema {version}; (start the node|run the newer)"):
        open_reader(tmp_path / FILE_NAME)


def test_a_reader_needs_a_file_of_this_program(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / FILE_NAME))
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(StoreDamaged, match="another program"):
        open_reader(tmp_path / FILE_NAME)


@contextmanager
def without_privileges(directory: Path) -> Iterator[None]:
    """Be a user whom a file's mode holds back, the owner of everything in a directory."""
    if os.geteuid() != 0:
        yield
        return
    for path in (directory, *directory.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_only_be_read_is_refused_at_once() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Store(Path(directory), simulated_network()).close()
        (Path(directory) / FILE_NAME).chmod(0o400)
        with without_privileges(Path(directory)):
            with pytest.raises(
                StoreNotWritable, match=r"chain\.db.*Permission denied; check its owner and mode"
            ):
                Store(Path(directory), simulated_network())
            (Path(directory) / FILE_NAME).chmod(0o600)
            Store(Path(directory), simulated_network()).close()


def test_what_is_wrong_with_a_step_is_said_also_where_it_was_undone_already(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="nonsense"):
        open_writer(tmp_path / FILE_NAME, ["ROLLBACK; nonsense"])
    open_writer(tmp_path / FILE_NAME).close()
