"""Short ids are what the protocol says, and differ from block to block."""

from hashlib import blake2b

from p2pchain.chain.merkle import leaf_hash
from p2pchain.wire.short_id import SHORT_ID_SIZE, short_ids

HASH = bytes(range(32))


def test_one_is_the_keyed_hash_of_the_leaf() -> None:
    heads = [b"one", b"two"]
    expected = [blake2b(leaf_hash(head), digest_size=6, key=HASH[:16]).digest() for head in heads]
    assert short_ids(heads, HASH) == expected
    assert {len(each) for each in expected} == {SHORT_ID_SIZE}


def test_its_bytes() -> None:
    assert short_ids([b"head"], HASH)[0].hex() == "36e333619c3c"


def test_another_block_gives_another_id() -> None:
    assert short_ids([b"one"], HASH) != short_ids([b"one"], bytes(32))
