"""The file: made, recognised, and refused where it is another's or newer."""

from pathlib import Path

import apsw
import pytest

from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import StoreDamaged, StoreNewer
from p2pchain.store.schema import APPLICATION_ID, FILE_NAME, migrations, open_reader, open_writer
from p2pchain.store.store import Store


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
