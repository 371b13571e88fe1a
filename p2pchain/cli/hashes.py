"""Hashes and ids as they are typed: whole, in hexadecimal."""

from p2pchain.errors import UsageError

HASH_SIZE = 32


def parse_hash(text: str, what: str, remedy: str) -> bytes:
    """Read a hash.

    Raises:
        UsageError: it is not one, or not all of it: a part of one could be several.
    """
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != HASH_SIZE or len(text) != 2 * HASH_SIZE:
        raise UsageError(f"{what} of {2 * HASH_SIZE} hexadecimal digits", repr(text), remedy)
    return raw


def parse_txid(text: str) -> bytes:
    """Read a record's id.

    Raises:
        UsageError: it is not one.
    """
    return parse_hash(text, "a txid", "`p2pchain log --json` and `p2pchain pending` show them")
