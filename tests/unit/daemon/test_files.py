"""Small files: whole or not at all, and a word on what is wrong with them."""

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
    with pytest.raises(UsageError, match="nowhere"):
        files.load_network(tmp_path, tmp_path / "nowhere")


def test_the_miner_keeps_its_key(tmp_path: Path) -> None:
    first = files.miner_key(tmp_path, bytes(32))
    assert files.miner_key(tmp_path, b"x" * 32).public == first.public
    assert (tmp_path / "miner.key").stat().st_mode & 0o777 == 0o600
    for damage in ("xyz", "00"):
        (tmp_path / "miner.key").write_text(damage)
        with pytest.raises(UsageError, match=r"miner\.key.*restore it"):
            files.miner_key(tmp_path, bytes(32))
