"""Where data lies if nothing is said."""

from pathlib import Path

import pytest

from p2pchain.daemon.options import default_directory


def test_systemd_s_directory_comes_first_then_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/p2pchain")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_directory() == Path("/var/lib/p2pchain")
    monkeypatch.delenv("STATE_DIRECTORY")
    assert default_directory() == Path("/data/p2pchain")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_directory() == Path("/home/ann/.local/share/p2pchain")
