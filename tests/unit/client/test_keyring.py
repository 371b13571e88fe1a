"""Keys on disk, and timestamps that only rise."""

import errno
import os
import threading
from pathlib import Path

import pytest

from p2pchain.client.keyring import Keyring
from p2pchain.errors import UsageError


def test_a_key_is_kept_and_read(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys")
    assert keyring.names() == []
    made = keyring.create("ann", b"a" * 32)
    keyring.create("bob", b"b" * 32)
    assert keyring.load("ann").public == made.public
    assert keyring.names() == ["ann", "bob"]
    assert keyring.has("ann")
    assert not keyring.has("eve")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "ann.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    made = keyring.create("ann", b"a" * 32)
    with pytest.raises(UsageError, match="choose another name"):
        keyring.create("ann", b"b" * 32)
    assert keyring.load("ann").public == made.public
    assert [path.name for path in tmp_path.iterdir()] == ["ann.key"]


def test_of_programs_that_make_a_key_at_once_one_does_and_none_reads_half(tmp_path: Path) -> None:
    made: list[bytes] = []
    seen: list[bytes] = []

    def program(number: int) -> None:
        keyring = Keyring(tmp_path)
        try:
            made.append(keyring.create("ann", bytes([number]) * 32).public)
        except UsageError:
            seen.append(keyring.load("ann").public)

    threads = [threading.Thread(target=program, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert seen == made * 7


def test_what_is_wrong_with_a_key_is_said(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    with pytest.raises(UsageError, match="p2pchain key new ann"):
        keyring.load("ann")
    keyring.create("ann", b"a" * 32)
    path = tmp_path / "ann.key"
    for content, word in (("zz", "restore"), ("00", "restore")):
        path.write_text(content)
        with pytest.raises(UsageError, match=word):
            keyring.load("ann")
    path.chmod(0o640)
    with pytest.raises(UsageError, match=r"chmod 600 .*ann\.key"):
        keyring.load("ann")
    for name in ("", "../ann", "a/b", ".ann"):
        with pytest.raises(UsageError, match="name"):
            keyring.load(name)
    with pytest.raises(UsageError, match="P2PCHAIN_KEYS"):
        Keyring(Path("/proc/none")).create("ann", bytes(32))


def test_timestamps_rise_whatever_the_clock_says(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    assert keyring.reserve_timestamps("ann", 10, 1_000) == 1_000
    assert keyring.reserve_timestamps("ann", 1, 1_000) == 1_010
    assert keyring.reserve_timestamps("ann", 5, 500) == 1_011
    assert keyring.reserve_timestamps("ann", 1, 5_000) == 5_000
    assert keyring.reserve_timestamps("bob", 1, 7) == 7


def test_a_damaged_clock_is_said_and_not_passed_over(tmp_path: Path) -> None:
    clock = tmp_path / "ann.clock"
    for damage in (b"soon", b"-5", b"9" * 19, b"9" * 40):
        clock.write_bytes(damage)
        with pytest.raises(UsageError, match=r"ann\.clock"):
            Keyring(tmp_path).reserve_timestamps("ann", 1, 7)
        assert clock.read_bytes() == damage
    clock.unlink()
    clock.mkdir()
    with pytest.raises(UsageError, match=r"ann\.clock to be writable"):
        Keyring(tmp_path).reserve_timestamps("ann", 1, 7)


def test_a_disk_without_room_for_the_clock_is_said_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", refuse)
    with pytest.raises(UsageError, match=r"ann\.clock to be writable, found No space left"):
        Keyring(tmp_path).reserve_timestamps("ann", 1, 7)
    monkeypatch.undo()
    assert Keyring(tmp_path).reserve_timestamps("ann", 1, 7) == 7


def test_two_programs_never_get_the_same_timestamps(tmp_path: Path) -> None:
    given: list[int] = []

    def program() -> None:
        given.extend([Keyring(tmp_path).reserve_timestamps("ann", 3, 0) for _ in range(50)])

    threads = [threading.Thread(target=program) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(0, 600, 3))


def test_the_default_directory_is_the_user_s_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P2PCHAIN_KEYS", "/keys")
    assert Keyring.default().directory == Path("/keys")
    monkeypatch.delenv("P2PCHAIN_KEYS")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert Keyring.default().directory == Path("/data/p2pchain/keys")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ann")
    assert Keyring.default().directory == Path("/home/ann/.local/share/p2pchain/keys")


def test_who_has_no_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "STATE_DIRECTORY", "P2PCHAIN_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(UsageError, match="found none; set HOME"):
        Keyring.default()
