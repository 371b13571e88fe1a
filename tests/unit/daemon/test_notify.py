"""Words to systemd."""

import errno
import os
import socket
from pathlib import Path

import pytest

from p2pchain.daemon.notify import Notifier


def test_nothing_is_said_where_no_systemd_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notifier = Notifier()
    notifier.ready("x")
    assert notifier.watchdog_s is None


@pytest.mark.parametrize("abstract", [False, True])
def test_each_word_is_a_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    name = f"@p2pchain-{tmp_path}" if abstract else str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name[1:] if abstract else name)
        notifier = Notifier()
        notifier.ready("up")
        notifier.status("height 3")
        notifier.alive()
        notifier.stopping()
        heard = [systemd.recv(100) for _ in range(4)]
    assert heard == [b"READY=1\nSTATUS=up", b"STATUS=height 3", b"WATCHDOG=1", b"STOPPING=1"]
    assert notifier.watchdog_s == 1.5
    notifier.alive()


def test_what_cannot_be_said_now_does_no_harm_and_the_next_word_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    notifier = Notifier()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", out_of_descriptors)
            notifier.alive()
        systemd.bind(name)
        notifier.alive()
        assert systemd.recv(100) == b"WATCHDOG=1"


def out_of_descriptors(*_: object) -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
