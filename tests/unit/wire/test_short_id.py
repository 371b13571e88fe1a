"""Short ids are what the protocol says, and differ from block to block."""

from hashlib import blake2b

from p2pchain.chain.merkle import leaf_hash
from p2pchain.wire.short_id import SHORT_ID_SIZE, short_ids

HASH = bytes(range(32))
ONE = leaf_hash(b"one")


def test_one_is_the_keyed_hash_of_the_leaf() -> None:
    leaves = [ONE, leaf_hash(b"two")]
    expected = [blake2b(leaf, digest_size=6, key=HASH[:16]).digest() for leaf in leaves]
    assert short_ids(leaves, HASH) == expected
    assert {len(each) for each in expected} == {SHORT_ID_SIZE}


def test_its_bytes() -> None:
    assert short_ids([leaf_hash(b"head")], HASH)[0].hex() == "36e333619c3c"


def test_another_block_gives_another_id() -> None:
    assert short_ids([ONE], HASH) != short_ids([ONE], bytes(32))
