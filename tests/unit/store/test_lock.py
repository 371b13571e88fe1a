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
