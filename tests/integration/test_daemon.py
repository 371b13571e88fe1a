"""The life of a node's process: started, stopped, started again, and refused with one line that says what to do."""

import signal
import socket
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, run_command, wait_for
from p2pchain.cli.main import EXIT_USAGE

STOP_S = 2.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_signal_stops_it_within_two_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, loop: str
) -> None:
    monkeypatch.setenv("P2PCHAIN_LOOP", loop)
    with (
        NodeProcess(tmp_path) as node,
        NodeProcess(tmp_path / "2", "127.0.0.2", "--peer", node.address) as other,
    ):
        wait_for(lambda: other.status().peers == 1)
        code, took_s = node.stop(number)
        assert code == 0
        assert took_s < STOP_S
        wait_for(lambda: b"said goodbye (stopping)" in other.log.read_bytes())
    assert not (tmp_path / "control.sock").exists()


def test_what_was_there_is_there_after_a_restart(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--mine", "off") as node:
        sent = node.command("send", "kept").stdout.strip()
        node.stop()
        node.start()
        assert sent[:16] in node.command("pending").stdout
        node.stop()
        node.start("--mine", "always")
        wait_for(lambda: node.command("log").stdout == "kept\n")


def test_a_change_of_the_peers_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--mine", "off") as node:
        (tmp_path / ".peers.json.new").mkdir()
        assert node.command("peers", "add", "a..b:4343").returncode == 0
        wait_for(lambda: b"peers.json cannot be written" in node.log.read_bytes())
        wait_for(lambda: "no name that a host can have" in node.command("peers").stdout)
        assert b"Traceback" not in node.log.read_bytes()


def test_a_ban_that_could_not_be_kept_is_once_there_is_room(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--mine", "off") as node:
        (tmp_path / ".bans.json.new").mkdir()
        assert node.command("peers", "ban", "192.0.2.1").returncode == 0
        wait_for(lambda: b"bans.json cannot be written" in node.log.read_bytes())
        (tmp_path / ".bans.json.new").rmdir()
        wait_for((tmp_path / "bans.json").exists)
        node.stop()
        node.start()
        assert "192.0.2.1" in node.command("peers").stdout
        assert node.log.read_bytes().count(b"cannot be written") == 1


def test_a_second_process_on_the_same_directory_is_refused_in_one_line(tmp_path: Path) -> None:
    with NodeProcess(tmp_path) as node:
        second = run_command("run", "--data", str(tmp_path), "--listen", "127.0.0.1:0")
        assert second.returncode == EXIT_USAGE
        assert second.stderr.count("\n") == 1
        assert f"process {node.pid}" in second.stderr
        assert "--data" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--listen", "nowhere"], "HOST:PORT"),
        (["--listen", "127.0.0.1:99999"], "HOST:PORT"),
        (["--listen", "192.0.2.1:4343"], "cannot be had"),
        (["--network", "/does/not/exist"], "/does/not/exist"),
        (["--mine", "perhaps"], "perhaps"),
        (["--peer", "example"], "HOST:PORT"),
        (["--data", "/proc/nothing"], "/proc/nothing"),
        (["--dial-from", "nowhere"], "--dial-from"),
        (["--listen", "a..b:1"], "no name that a host can have"),
    ],
)
def test_a_wrong_option_gets_one_line(tmp_path: Path, arguments: list[str], word: str) -> None:
    refused = run_command("run", "--data", str(tmp_path), *arguments)
    assert refused.returncode == EXIT_USAGE
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert refused.stderr.startswith("p2pchain: ")
    assert word in refused.stderr


def test_what_to_run_is_named_by_its_directory() -> None:
    refused = run_command("--node", "2", "run")
    assert (refused.returncode, refused.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert "`run --data DIRECTORY`" in refused.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_command("run", "--data", str(tmp_path), "--listen", f"127.0.0.1:{port}")
    assert refused.returncode == EXIT_USAGE
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "--listen" in refused.stderr


def test_a_first_start_that_fails_leaves_no_network_behind(tmp_path: Path) -> None:
    rules = tmp_path / "quick.toml"
    rules.write_text(quick_network(hashes_per_block=40_000).to_toml())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = run_command("run", "--data", str(tmp_path / "node"), "--listen", address)
    assert refused.returncode == EXIT_USAGE
    with NodeProcess(tmp_path / "node", "127.0.0.1", "--network", str(rules)) as node:
        assert node.status().name == "quick"


def test_a_second_process_on_the_same_address_and_directory_hears_of_the_first(tmp_path: Path) -> None:
    with NodeProcess(tmp_path) as node:
        second = run_command("run", "--data", str(tmp_path), "--listen", node.address)
        assert second.returncode == EXIT_USAGE
        assert f"process {node.pid}" in second.stderr


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        with NodeProcess(tmp_path / "node") as node:
            monkeypatch.delenv("NOTIFY_SOCKET")
            assert systemd.recv(4096).startswith(b"READY=1")
            heard = {systemd.recv(4096).split(b"=")[0] for _ in range(6)}
            assert heard == {b"STATUS", b"WATCHDOG"}
            node.stop()
            while (said := systemd.recv(4096)) != b"STOPPING=1":
                assert said.split(b"=")[0] in {b"STATUS", b"WATCHDOG"}


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    with NodeProcess(tmp_path) as node:
        node.command("send", "x")
        for path in (tmp_path / "miner.key", tmp_path / "keys" / "default.key", tmp_path / "control.sock"):
            assert path.stat().st_mode & 0o777 == 0o600, path
        (tmp_path / "keys" / "default.key").chmod(0o644)
        refused = node.command("send", "x")
    assert refused.returncode == EXIT_USAGE
    assert "chmod 600" in refused.stderr
