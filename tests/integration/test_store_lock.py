"""A data directory that another process uses, and one whose process has died."""

import subprocess
import sys
from pathlib import Path

import pytest

from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import StoreLocked
from p2pchain.store.store import Store

WRITER = Path(__file__).with_name("write_store.py")


def test_the_process_that_holds_a_directory_is_named_and_its_death_frees_it(tmp_path: Path) -> None:
    command = [sys.executable, str(WRITER), str(tmp_path), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            with pytest.raises(StoreLocked, match=rf"process {process.pid}; stop that process") as refused:
                Store(tmp_path, simulated_network())
        finally:
            process.kill()
    assert str(tmp_path) in str(refused.value)
    store = Store(tmp_path, simulated_network())
    assert store.restore(1).recent[0].header.height >= 1
    store.close()
