"""One process a data directory."""

import os
from pathlib import Path

import pytest

from p2pchain.store.faults import StoreLocked, StoreNotWritable
from p2pchain.store.lock import DirectoryLock


def test_a_second_holder_hears_who_the_first_is(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path / "data")
    with pytest.raises(StoreLocked, match=f"process {os.getpid()}; stop that process"):
        DirectoryLock(tmp_path / "data")
    lock.release()
    DirectoryLock(tmp_path / "data").release()


def test_a_directory_that_cannot_be_made_is_named() -> None:
    with pytest.raises(StoreNotWritable, match="/proc/nothing"):
        DirectoryLock(Path("/proc/nothing"))


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    with pytest.raises(StoreNotWritable, match="data"):
        DirectoryLock(tmp_path / "data")


def test_a_lock_says_who_holds_it_now_not_who_did(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4000000000000000000000\n")
    lock = DirectoryLock(tmp_path)
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_holder_that_has_not_said_who_it_is_yet_is_unknown(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    os.truncate(tmp_path / "lock", 0)
    with pytest.raises(StoreLocked, match="process unknown"):
        DirectoryLock(tmp_path)
    lock.release()
