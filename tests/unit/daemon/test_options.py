"""Where data lies if nothing is said."""

from pathlib import Path

import pytest

from p2pchain.daemon.options import default_directory
from p2pchain.errors import UsageError


def test_systemd_s_directory_comes_first_then_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/p2pchain")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_directory() == Path("/var/lib/p2pchain")
    monkeypatch.delenv("STATE_DIRECTORY")
    assert default_directory() == Path("/data/p2pchain")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_directory() == Path("/home/ann/.local/share/p2pchain")


def test_who_has_no_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "STATE_DIRECTORY", "P2PCHAIN_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(UsageError, match="found none; set HOME"):
        default_directory()
