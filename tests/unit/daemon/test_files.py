"""Small files: whole or not at all, and a word on what is wrong with them."""

import errno
import os
from pathlib import Path

import pytest

from p2pchain.chain.network import LOCAL
from p2pchain.daemon import files
from p2pchain.errors import UsageError


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write_whole(path, b"one", 0o600)
    files.write_whole(path, b"two", 0o600)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_which_the_disk_takes_a_part_at_a_time_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, path = os.write, tmp_path / "file"
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    files.write_whole(path, b"in parts")
    assert path.read_bytes() == b"in parts"

    def fills_up(file: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return write(file, data[:2])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", fills_up)
    with pytest.raises(OSError, match=f"No space left on device: '{path}'"):
        files.write_whole(path, b"another")
    assert path.read_bytes() == b"in parts"


def test_the_network_is_given_kept_or_built_in(tmp_path: Path) -> None:
    assert files.load_network(tmp_path, None) == LOCAL
    given = tmp_path / "mine.toml"
    given.write_text(LOCAL.to_toml().replace('"local"', '"mine"'))
    mine = files.load_network(tmp_path, given)
    files.keep_network(tmp_path, mine)
    files.keep_network(tmp_path, LOCAL)
    assert files.load_network(tmp_path, None) == mine != LOCAL


@pytest.mark.parametrize("content", [b"\xff\xfe", b"spacing = ", b'name = "x"\n', b"colour = 1\n"])
def test_a_wrong_network_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "network.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"network\.toml"):
        files.load_network(tmp_path, None)


def test_a_missing_network_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere, found none; make one"):
        files.load_network(tmp_path, tmp_path / "nowhere")


def test_a_network_file_that_is_there_is_not_to_be_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "network.toml"
    path.mkdir()
    with pytest.raises(
        UsageError, match=r"network\.toml to be readable, found Is a directory; check its owner"
    ):
        files.load_network(tmp_path, None)
    path.rmdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"not text in UTF-8; restore it"):
        files.load_network(tmp_path, None)


def test_the_miner_keeps_its_key(tmp_path: Path) -> None:
    first = files.miner_key(tmp_path, bytes(32))
    assert files.miner_key(tmp_path, b"x" * 32).public == first.public
    assert (tmp_path / "miner.key").stat().st_mode & 0o777 == 0o600
    for damage in ("xyz", "00"):
        (tmp_path / "miner.key").write_text(damage)
        with pytest.raises(UsageError, match=r"miner\.key.*restore it"):
            files.miner_key(tmp_path, bytes(32))
