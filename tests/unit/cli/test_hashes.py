"""Hashes as they are typed."""

import pytest

from p2pchain.cli.hashes import parse_hash, parse_txid
from p2pchain.errors import UsageError


def test_a_whole_hash_is_read() -> None:
    assert parse_txid("0A" * 32) == b"\x0a" * 32
    assert parse_hash("ff" * 32, "a hash", "") == b"\xff" * 32


@pytest.mark.parametrize(
    "text", ["", "0a", "0a" * 31, "0a" * 33, "xy" * 32, " ".join(["0a"] * 32), "0x" + "a" * 62]
)
def test_a_part_of_one_or_something_else_is_not(text: str) -> None:
    with pytest.raises(UsageError, match="a txid of 64 hexadecimal digits"):
        parse_txid(text)
