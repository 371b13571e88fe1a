"""Which node a command means."""

from pathlib import Path

import pytest

from p2pchain.cli.target import socket_path
from p2pchain.errors import UsageError


def test_a_number_is_a_node_of_the_cluster_here_or_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cluster" / "3").mkdir(parents=True)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    for here in (tmp_path, below):
        monkeypatch.chdir(here)
        assert socket_path("3") == tmp_path / ".cluster" / "3" / "control.sock"


def test_a_number_that_the_cluster_does_not_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cluster = tmp_path / ".cluster"
    for made, found in ((".", "nodes none"), ("2", "node 2"), ("10", "nodes 2, 10")):
        (cluster / made).mkdir(parents=True, exist_ok=True)
        with pytest.raises(UsageError, match=rf"node 9 in .*, found {found}; .*make cluster N=9"):
            socket_path("9")


def test_a_number_without_a_cluster_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="make cluster"):
        socket_path("1")


def test_the_home_of_nobody_is_said_with_what_to_write() -> None:
    with pytest.raises(UsageError, match=r"'~no such user'; write \./"):
        socket_path("~no such user")


def test_a_directory_or_a_socket(tmp_path: Path) -> None:
    assert socket_path(str(tmp_path)) == tmp_path / "control.sock"
    assert socket_path(str(tmp_path / "new")) == tmp_path / "new" / "control.sock"
    (tmp_path / "odd").touch()
    assert socket_path(str(tmp_path / "odd")) == tmp_path / "odd"
    assert socket_path(str(tmp_path / "x.sock")) == tmp_path / "x.sock"


def test_nothing_said_is_the_environment_s_or_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("P2PCHAIN_NODE", str(tmp_path))
    assert socket_path(None) == tmp_path / "control.sock"
    monkeypatch.delenv("P2PCHAIN_NODE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert socket_path(None) == tmp_path / "p2pchain" / "control.sock"
