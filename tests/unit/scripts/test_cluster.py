"""What the local cluster checks before it starts, and what it says of a node that has ended."""

import os
import signal
import socket
from pathlib import Path

import pytest

import cluster


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".cluster"


def test_the_nodes_form_a_ring() -> None:
    commands = [" ".join(cluster.LocalNode(number, 3, 4343).command()) for number in (1, 2, 3)]
    assert all(f"--listen 127.0.0.{n}:4343" in command for n, command in enumerate(commands, 1))
    assert [command.split("--peer ")[1].split()[0] for command in commands] == [
        "127.0.0.2:4343",
        "127.0.0.3:4343",
        "127.0.0.1:4343",
    ]


@pytest.mark.parametrize(("count", "dials"), [(1, [False]), (2, [True, False])])
def test_no_node_dials_itself_or_who_dials_it(count: int, dials: list[bool]) -> None:
    commands = [cluster.LocalNode(number, count, 4343).command() for number in range(1, count + 1)]
    assert ["--peer" in command for command in commands] == dials


def test_an_exit_is_told_in_words() -> None:
    assert cluster.describe_exit(2) == "exit code 2"
    assert cluster.describe_exit(-signal.SIGKILL) == "SIGKILL"


def test_the_last_words_are_fit_for_a_terminal() -> None:
    node = cluster.LocalNode(1, 1, 4343)
    assert node.last_words == "its log is empty"
    node.data.mkdir(parents=True)
    node.log.write_bytes(b"first\nlast \x1b[31mred\xff\n\n")
    assert node.last_words == "last ?[31mred�"


def test_only_one_cluster_runs_in_a_folder() -> None:
    with cluster.only_cluster():
        second = cluster.only_cluster()
        with pytest.raises(cluster.ClusterError, match=f"process {os.getpid()}"):
            second.__enter__()


def test_a_place_that_cannot_be_written_is_named(home: Path) -> None:
    home.touch()
    with pytest.raises(cluster.ClusterError, match=r"\.cluster: File exists; \.cluster/ has to be a folder"):
        cluster.only_cluster().__enter__()
    home.unlink()
    (home / "lock").mkdir(parents=True)
    with pytest.raises(cluster.ClusterError, match=r"lock: Is a directory"):
        cluster.only_cluster().__enter__()


def test_a_cluster_follows_another() -> None:
    for _ in range(2):
        with cluster.only_cluster():
            assert (cluster.HOME / "lock").read_text() == f"{os.getpid()}\n"


def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PORT_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            cluster.ClusterError, match=rf"127.0.0.1:{port} is taken.*CLUSTER_PORT={port + 1}"
        ):
            cluster.check_port("127.0.0.1", port)
    cluster.check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_no_place_to_listen() -> None:
    with pytest.raises(cluster.ClusterError, match="cannot listen on 192"):
        cluster.check_port("192.0.2.1", 0)


@pytest.mark.parametrize("count", ["0", "255", "many"])
def test_a_wrong_number_of_nodes_is_refused(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["cluster", count])
    with pytest.raises(SystemExit, match="2"):
        cluster.main()


def test_the_first_screen_says_what_to_type() -> None:
    text = cluster.banner(4, 4343)
    assert text.startswith("4 nodes on 127.0.0.1 to 127.0.0.4, in a ring, port 4343")
    assert all(f"p2pchain --node {words}" in text for words in ('1 send "', "4 log", "4 status"))
    assert cluster.banner(1, 4343).startswith("1 node on 127.0.0.1, port")


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cluster", "1", f"--port={port}"])
    monkeypatch.setattr(cluster, "cluster", lambda _count, port: cluster.check_port("127.0.0.1", port))
    with pytest.raises(SystemExit, match="2"):
        cluster.main()
    assert f"found {port}; for example: make cluster CLUSTER_PORT=" in capsys.readouterr().err
