"""Transactions have one encoding each; ids and signatures are of one network; a stamp carries the work it says."""

import struct
from hashlib import sha256

import msgpack
import pytest

from p2pchain.chain.keys import SigningKey, verify
from p2pchain.chain.transaction import Head, MalformedTransaction, Transaction, sign, txid_of

KEY = SigningKey(bytes(range(32)))
NETWORK = bytes(32)
SALT = bytes(range(16))
RECORD = sign(
    KEY, NETWORK, timestamp=1_767_225_600_000, kind="test.note", payload=b"hello", salt=SALT, data=b"\xff\x00"
)


def head(
    *,
    version: int = 1,
    timestamp: int = 5,
    content_size: int = 21,
    kind: bytes = b"k",
    data: bytes = b"",
    kind_size: int | None = None,
    data_size: int | None = None,
) -> bytes:
    """An encoded head, right but for what is given."""
    return (
        bytes(64)
        + struct.pack(">B32sQQ32sI", version, KEY.public, timestamp, 0, bytes(32), content_size)
        + bytes([len(kind) if kind_size is None else kind_size])
        + kind
        + bytes([len(data) if data_size is None else data_size])
        + data
    )


def test_the_layout_of_a_head() -> None:
    body = RECORD.head.body
    assert body[:33] == b"\x01" + KEY.public
    assert body[33:41] == (1_767_225_600_000).to_bytes(8, "big")
    assert body[41:49] == RECORD.head.stamp.to_bytes(8, "big")
    assert body[49:85] == sha256(SALT + b"hello").digest() + (21).to_bytes(4, "big")
    assert body[85:] == b"\x09test.note\x02\xff\x00"
    assert RECORD.head.raw == RECORD.head.signature + body


def test_fields_are_read_back() -> None:
    read = Head.decode(RECORD.head.raw)
    assert read == RECORD.head
    assert (read.kind, read.data, read.content_size) == ("test.note", b"\xff\x00", 21)


def test_the_id_is_of_one_network_and_the_signature_over_it() -> None:
    body = RECORD.head.body
    assert RECORD.txid == sha256(b"p2pchain/tx" + NETWORK + body).digest() == txid_of(body, NETWORK)
    assert RECORD.txid != txid_of(body, b"\x01" * 32)
    assert verify(KEY.public, RECORD.txid, RECORD.head.signature)


def test_the_id_does_not_depend_on_the_signature() -> None:
    other = Transaction.from_parts(bytes(64) + RECORD.head.body, None, NETWORK)
    assert other.txid == RECORD.txid
    assert other.head.raw != RECORD.head.raw


def test_what_a_transaction_says_of_itself() -> None:
    assert RECORD.author == KEY.public
    assert RECORD.timestamp == 1_767_225_600_000
    assert RECORD.kind == "test.note"
    assert RECORD.payload == b"hello"
    assert RECORD.size == len(RECORD.head.raw) + 21
    assert RECORD.work == 2**256 // (int.from_bytes(RECORD.txid, "big") + 1)


def test_a_forgotten_content_changes_neither_id_nor_size() -> None:
    forgotten = RECORD._replace(content=None)
    assert forgotten.payload is None
    assert forgotten.size == RECORD.size
    assert Transaction.decode(forgotten.encode(), NETWORK) == forgotten


@pytest.mark.parametrize("payload_size", [0, 200, 300, 70_000])
def test_the_encoding_is_msgpack_in_the_shortest_form(payload_size: int) -> None:
    record = sign(KEY, NETWORK, timestamp=1, kind="k", payload=bytes(payload_size), salt=SALT)
    assert record.encode() == msgpack.packb([record.head.raw, record.content])
    assert Transaction.decode(record.encode(), NETWORK) == record


def test_a_stamp_is_ground_until_it_carries_the_work() -> None:
    record = sign(KEY, NETWORK, timestamp=1, kind="k", payload=b"", salt=SALT, min_work=300)
    assert record.work >= 300
    assert record.head.stamp > 0
    assert record.txid == txid_of(record.head.body, NETWORK)
    assert verify(KEY.public, record.txid, record.head.signature)


@pytest.mark.parametrize(
    "raw",
    [
        head(),
        head(kind=b"k" * 32, data=bytes(64)),
        head(kind=b"abcdefghijklmnopqrstuvwxyz"),
        head(kind=b"0123456789._-"),
        head(timestamp=2**63 - 1, content_size=2**32 - 1),
        head(timestamp=0, content_size=16),
    ],
)
def test_heads_at_their_bounds_are_read(raw: bytes) -> None:
    assert Head.decode(raw).raw == raw


BAD_HEADS = {
    "nothing": b"",
    "too short": head()[:151],
    "version 0": head(version=0),
    "version 2": head(version=2),
    "no kind": head(kind=b"", data=b"a"),
    "a long kind": head(kind=b"k" * 33),
    "a kind beyond the end": head(kind_size=32),
    "no room for the data's length": head(kind=b"kk")[:-1],
    "a capital in the kind": head(kind=b"Kind"),
    "a space in the kind": head(kind=b"a b"),
    "no ascii in the kind": head(kind=b"\xc3\xbc"),
    "a newline in the kind": head(kind=b"a\n"),
    "long data": head(data=bytes(65)),
    "data shorter than it says": head(data=b"a", data_size=2),
    "bytes behind the data": head(data=b"a", data_size=0),
    "a time of 2^63": head(timestamp=2**63),
    "content without room for its salt": head(content_size=15),
}


@pytest.mark.parametrize("raw", BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_head_out_of_bounds_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedTransaction) as caught:
        Head.decode(raw)
    assert not caught.value.condemns


PARTS = [RECORD.head.raw, RECORD.content]
ENCODED = RECORD.encode()
NOT_CANONICAL = {
    "nothing": b"",
    "cut off": ENCODED[:-1],
    "cut off in the head": ENCODED[:50],
    "a byte behind": ENCODED + b"\0",
    "no array": msgpack.packb(RECORD.head.raw),
    "one item": msgpack.packb([RECORD.head.raw]),
    "three items": msgpack.packb([*PARTS, None]),
    "a map": msgpack.packb({1: 2, 3: 4}),
    "text as content": msgpack.packb([RECORD.head.raw, "text"]),
    "text as head": msgpack.packb(["text", b""]),
    "a number as head": msgpack.packb([1, b""]),
    "a long array": b"\xdc\0\2" + ENCODED[1:],
    "a long head": b"\x92\xc5\0" + ENCODED[2:],
    "a long content": ENCODED.replace(b"\xc4\x15", b"\xc5\0\x15"),
    "a longer content": ENCODED.replace(b"\xc4\x15", b"\xc6\0\0\0\x15"),
    "an ext as content": msgpack.packb([RECORD.head.raw, msgpack.ExtType(1, b"")]),
    "an empty bin cut off": b"\x92\xc4",
    "a million maps": b"\xdd\0\x0f\x42\x40" + b"\x80" * 1_000_000,
    "arrays all the way down": b"\x92" * 1_000_000,
    "a claim of 4 GiB": b"\x92\xc6\xff\xff\xff\xff",
}


@pytest.mark.parametrize("raw", NOT_CANONICAL.values(), ids=NOT_CANONICAL)
def test_every_other_encoding_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedTransaction) as caught:
        Transaction.decode(raw, NETWORK)
    assert not caught.value.condemns


def test_a_head_that_comes_again_is_read_once_for_each_network() -> None:
    raw = RECORD.encode()
    first, again = Transaction.decode(raw, NETWORK), Transaction.decode(bytes(bytearray(raw)), NETWORK)
    assert first == again == RECORD
    assert first.head is again.head
    assert Transaction.decode(raw, bytes([1]) * 32).txid != RECORD.txid
