"""A disk that is full, and a file that is damaged, while the node runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from node_process import NodeProcess, run_command, wait_for
from p2pchain.cli.main import EXIT_REFUSED, EXIT_USAGE
from p2pchain.store.schema import FILE_NAME

SCENE = Path(__file__).with_name("full_disk.py")
PATIENCE_S = 110


def may_mount() -> bool:
    """Whether this machine lets anyone mount a file system for himself."""
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("disk", ["small", "refusing"])
def test_a_node_on_a_full_disk_serves_refuses_and_goes_on(tmp_path: Path, disk: str) -> None:
    private = ["unshare", "-Urm"] if disk == "small" and may_mount() else []
    kind = "small" if private else "refusing"
    paths = os.pathsep.join(path for path in sys.path if path)
    ended = subprocess.run(
        [*private, sys.executable, str(SCENE), kind, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_file_that_is_damaged_ends_the_node_with_a_word_on_what_to_do(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1") as node:
        for number in range(3):
            node.command("send", f"record {number} " + "x" * 20_000)
            wait_for(lambda: node.status().pending == 0)
        node.stop()
        node.start()
        file = tmp_path / FILE_NAME
        size = file.stat().st_size
        with file.open("r+b") as raw:
            raw.seek(size // 2)
            raw.write(b"\xff" * (size // 2))
        asked = node.command("log")
        assert asked.returncode != 0
        assert wait_for(node.ended) == EXIT_USAGE
        words = node.log.read_text().splitlines()[-1]
    assert words.startswith("p2pchain: expected")
    assert str(file) in words
    assert "move it away" in words
    checked = run_command("check", "--data", str(tmp_path))
    assert checked.returncode in {EXIT_REFUSED, EXIT_USAGE}
