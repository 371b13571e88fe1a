"""The key that signs, at its first use."""

from pathlib import Path

import pytest

from p2pchain.cli.send import _key
from p2pchain.client.keyring import DEFAULT_NAME, Keyring
from p2pchain.errors import UsageError


class Late(Keyring):
    """A directory of keys in which the first look comes too early to see what another program makes."""

    looks = 0

    def has(self, name: str) -> bool:
        self.looks += 1
        return self.looks > 1 and super().has(name)


def test_the_default_key_is_made_at_first_use_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring = Keyring(tmp_path)
    made = _key(keyring, DEFAULT_NAME)
    assert made.public.hex() in capsys.readouterr().err
    assert _key(keyring, DEFAULT_NAME).public == made.public
    assert capsys.readouterr().err == ""
    with pytest.raises(UsageError, match="p2pchain key new ann"):
        _key(keyring, "ann")


def test_a_key_that_another_program_makes_at_that_moment_is_used(tmp_path: Path) -> None:
    made = Keyring(tmp_path).create(DEFAULT_NAME, b"d" * 32)
    assert _key(Late(tmp_path), DEFAULT_NAME).public == made.public


def test_a_directory_that_cannot_hold_keys_is_said() -> None:
    with pytest.raises(UsageError, match="P2PCHAIN_KEYS"):
        _key(Keyring(Path("/proc/none")), DEFAULT_NAME)
