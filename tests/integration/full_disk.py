"""One scene: the disk of a node fills up while it runs, and is emptied again. Run by test_full_disk.py.

Arguments: `small` (mount a file system of a few MiB; in a mount namespace of its own) or `refusing` (let SQLite's file
layer refuse), and an empty directory.
"""

import os
import subprocess
import sys
from pathlib import Path

from node_process import NodeProcess, quick_network, run_command, wait_for

SIZE_MIB = 8
PATIENCE_S = 30.0
RECORDS_MAX = 1_000


class Disk:
    """The disk that the node is on."""

    def __init__(self, kind: str, place: Path) -> None:
        self.place = place
        self._ballast = place / "full"
        self._small = kind == "small"
        self.node: Path | None = None
        place.mkdir()
        if self._small:
            command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(place)]
            subprocess.run(command, check=True)
        else:
            os.environ["P2PCHAIN_TEST_FULL"] = str(self._ballast)
            self.node = Path(__file__).with_name("full_disk_node.py")

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while self._small:
                    ballast.write(bytes(4_096))
            except OSError:
                return

    def empty(self) -> None:
        """Make room."""
        self._ballast.unlink()


def send_until_refused(node: NodeProcess, sent: list[str]) -> str:
    """Send records until the node refuses one; gives its words, and notes those that it took."""
    for number in range(RECORDS_MAX):
        answer = node.command("send", f"into the last corner {number} " + "x" * 4_000)
        if answer.returncode:
            return answer.stderr
        sent.append(answer.stdout.strip())
    raise AssertionError("the disk is not full")


def play(disk: Disk, elsewhere: Path) -> None:
    rules = elsewhere / "network.toml"
    rules.write_text(quick_network(hashes_per_block=5_000).to_toml())
    policy = ["--network", str(rules)]
    full = NodeProcess(disk.place / "node", "127.0.0.1", *policy, program=disk.node)
    with full, NodeProcess(elsewhere / "other", "127.0.0.2", *policy, "--peer", full.address) as other:
        sent = [full.command("send", f"before {number}").stdout.strip() for number in range(3)]
        wait_for(lambda: other.status().height > 0 and other.status().pending == 0)
        disk.fill()
        words = send_until_refused(full, sent)
        assert "not_stored" in words, words
        assert full.status().store == "store_full"
        assert "accepting and mining nothing for now" in full.log.read_text()
        held = full.status()
        sent.append(other.command("send", "beside it").stdout.strip())
        wait_for(lambda: other.status().pending == 0 and sent[-1] in log_of(other))
        with NodeProcess(elsewhere / "late", "127.0.0.3", *policy, "--peer", full.address) as late:
            wait_for(lambda: late.status().height >= held.height)
        assert sent[0] in log_of(full)
        assert full.status().tip == held.tip
        disk.empty()
        wait_for(lambda: full.status().store == "ok", PATIENCE_S)
        wait_for(lambda: full.status().tip == other.status().tip, PATIENCE_S)
        sent.append(full.command("send", "after it").stdout.strip())
        wait_for(lambda: full.status().pending == 0 and sent[-1] in log_of(other))
        assert [each for each in sent if each not in log_of(full)] == []
        assert full.stop()[0] == 0
    checked = run_command("check", "--data", str(full.directory))
    assert checked.returncode == 0, checked.stderr


def log_of(node: NodeProcess) -> str:
    return node.command("log", "--json").stdout


if __name__ == "__main__":
    play(Disk(sys.argv[1], Path(sys.argv[2]) / "disk"), Path(sys.argv[2]))
