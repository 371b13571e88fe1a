"""Blocks have one encoding, and their headers can be read without the rest."""

import tracemalloc

import msgpack
import pytest

from p2pchain.chain import merkle
from p2pchain.chain.block import Block, Coinbase, MalformedBlock, Parts, decoded, header_of, merkle_root_of
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import MalformedTransaction, sign

NETWORK = bytes(32)
KEY = SigningKey(bytes(32))
COINBASE = Coinbase(history_root=b"h" * 32, chain_work=0x0102, miner=b"m" * 32)
RECORDS = tuple(
    sign(KEY, NETWORK, timestamp=number, kind="k", payload=bytes(size), salt=bytes(16))
    for number, size in enumerate((0, 100, 300, 70_000))
)
HEADER = Header(1, b"p" * 32, merkle_root_of(COINBASE, [record.head for record in RECORDS]), 7, 0x207FFFFF, 3)
BLOCK = Block(HEADER, COINBASE, RECORDS)
HEADS = [record.head.raw for record in RECORDS]
CONTENTS = [record.content for record in RECORDS]
PARTS = (HEADER.encode(), COINBASE.encode(), HEADS, CONTENTS)


def test_the_encoding_is_msgpack_of_four_parts() -> None:
    assert BLOCK.encode() == msgpack.packb([HEADER.encode(), COINBASE.encode(), HEADS, CONTENTS])
    assert Block.decode(BLOCK.encode(), NETWORK) == BLOCK


def test_a_decoded_block_keeps_its_bytes() -> None:
    raw = BLOCK.encode()
    assert Block.decode(raw, NETWORK).encode() is raw


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300])
def test_any_number_of_transactions_is_read_back(count: int) -> None:
    block = Block(HEADER, COINBASE, RECORDS[:1] * count)
    assert block.encode() == msgpack.packb([*PARTS[:2], HEADS[:1] * count, CONTENTS[:1] * count])
    assert Block.decode(block.encode(), NETWORK) == block


def test_what_a_block_says_of_itself() -> None:
    assert BLOCK.hash == HEADER.hash
    assert BLOCK.height == 1
    assert BLOCK.size == HEADER_SIZE + 96 + sum(len(head) for head in HEADS) + 4 * 16 + 70_400


def test_a_missing_content_changes_neither_size_nor_root() -> None:
    forgotten = Block(HEADER, COINBASE, (RECORDS[0]._replace(content=None), *RECORDS[1:]))
    read = Block.decode(forgotten.encode(), NETWORK)
    assert read == forgotten
    assert read.transactions[0].content is None
    assert read.size == BLOCK.size
    assert merkle_root_of(read.coinbase, [record.head for record in read.transactions]) == HEADER.merkle_root


def test_the_merkle_root_is_over_the_coinbase_and_the_heads() -> None:
    assert HEADER.merkle_root == merkle.root([COINBASE.encode(), *HEADS])
    assert merkle_root_of(COINBASE, []) == merkle.leaf_hash(COINBASE.encode())


@pytest.mark.parametrize("extra", [b"", b"x", bytes(32)], ids=len)
def test_a_coinbase_is_its_fields_in_order(extra: bytes) -> None:
    coinbase = Coinbase(b"h" * 32, 2**256 - 1, b"m" * 32, extra)
    assert coinbase.encode() == b"h" * 32 + b"\xff" * 32 + b"m" * 32 + extra
    assert Coinbase.decode(coinbase.encode()) == coinbase


@pytest.mark.parametrize("size", [0, 95, 129])
def test_a_coinbase_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(MalformedBlock, match=f"{size} bytes"):
        Coinbase.decode(bytes(size))


RAW = BLOCK.encode()
BAD_BLOCKS = {
    "nothing": b"",
    "cut off": RAW[:-1],
    "cut off in the header": RAW[:50],
    "a byte behind": RAW + b"\0",
    "no array": msgpack.packb(5),
    "three parts": msgpack.packb(PARTS[:3]),
    "five parts": msgpack.packb([*PARTS, []]),
    "text as header": msgpack.packb(["x" * 92, *PARTS[1:]]),
    "text as coinbase": msgpack.packb([PARTS[0], "x" * 96, [], []]),
    "a short header": msgpack.packb([PARTS[0][1:], *PARTS[1:]]),
    "a short coinbase": msgpack.packb([PARTS[0], bytes(95), [], []]),
    "a long coinbase": msgpack.packb([PARTS[0], bytes(129), [], []]),
    "more heads than contents": msgpack.packb([*PARTS[:2], HEADS, CONTENTS[:-1]]),
    "more contents than heads": msgpack.packb([*PARTS[:2], HEADS, [*CONTENTS, None]]),
    "no list of heads": msgpack.packb([*PARTS[:2], b"", []]),
    "no list of contents": msgpack.packb([*PARTS[:2], [], None]),
    "nil as head": msgpack.packb([*PARTS[:2], [None], [None]]),
    "text as content": msgpack.packb([*PARTS[:2], HEADS[:1], ["x"]]),
    "a head in the long form": RAW.replace(b"\xc4\x98", b"\xc5\0\x98", 1),
    "a content in the long form": RAW.replace(b"\xc4\x10", b"\xc5\0\x10"),
    "a long array of heads": RAW.replace(b"\x94\xc4\x98", b"\xdc\0\4\xc4\x98", 1),
    "a longer array of contents": RAW.replace(b"\x94\xc4\x10", b"\xdd\0\0\0\4\xc4\x10", 1),
    "a million maps": RAW[:2] + PARTS[0] + b"\xc4\x60" + bytes(96) + b"\xdd\0\x0f\x42\x40" + b"\x80" * 10**6,
    "a claim of 2^32 heads": RAW[: 94 + 3 + 98] + b"\xdd\xff\xff\xff\xff",
    "arrays all the way down": b"\x94" * 10**6,
}


@pytest.mark.parametrize("raw", BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_every_other_encoding_is_refused(raw: bytes) -> None:
    assert raw != RAW
    with pytest.raises(MalformedBlock) as caught:
        Block.decode(raw, NETWORK)
    assert not caught.value.condemns


START = RAW[: 1 + 94 + 98]
NOTHING = {
    "empty heads": START + b"\xdd\0\x0f\x42\x40" + b"\xc4\0" * 10**6,
    "tiny heads": START + b"\xdd\0\x0f\x42\x40" + b"\xc4\2ab" * 10**6,
    "nil contents": START + b"\x90\xdd\0\x0f\x42\x40" + b"\xc0" * 10**6,
}


@pytest.mark.parametrize("raw", NOTHING.values(), ids=NOTHING)
def test_megabytes_of_nothing_take_no_memory(raw: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(MalformedBlock):
            Block.decode(raw, NETWORK)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000


def test_contents_change_and_the_block_stays_the_same() -> None:
    bare = BLOCK.with_contents({1: None, 3: None})
    assert [each.content for each in bare.transactions] == [CONTENTS[0], None, CONTENTS[2], None]
    assert (bare.hash, bare.size) == (BLOCK.hash, BLOCK.size)
    assert len(bare.encode()) < len(BLOCK.encode())
    assert bare.with_contents({1: CONTENTS[1], 3: CONTENTS[3]}) == BLOCK


def test_a_block_comes_apart_and_together_again_undecoded() -> None:
    parts = Parts.decode(BLOCK.encode())
    assert parts == PARTS
    assert parts.encode() == BLOCK.encode()


def test_a_head_that_is_none_is_refused_as_one() -> None:
    with pytest.raises(MalformedTransaction):
        Block.decode(msgpack.packb([*PARTS[:2], [HEADS[0][:-1]], [None]]), NETWORK)


def test_the_header_is_read_without_the_rest() -> None:
    assert header_of(BLOCK.encode()) == HEADER
    assert header_of(BLOCK.encode()[:95]) == HEADER


@pytest.mark.parametrize(
    "raw", [b"", RAW[:94], b"\x93" + RAW[1:], RAW[:1] + b"\xc5" + RAW[2:], RAW[:2] + b"\x5b" + RAW[3:]]
)
def test_what_begins_with_no_header_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedBlock):
        header_of(raw)


def test_what_is_read_already_is_not_read_again() -> None:
    assert decoded(BLOCK, NETWORK) is BLOCK
    assert decoded(BLOCK.encode(), NETWORK) == BLOCK
