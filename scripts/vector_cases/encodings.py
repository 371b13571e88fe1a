"""Bytes that are a header, a transaction or a block, and bytes that are nearly one: each has one encoding."""

import struct

import msgpack

from p2pchain.chain.block import Parts
from vector_cases.ladder import Ladder, mined, named


def encoding_files() -> dict[str, dict[str, object]]:
    """Give the file of the rules of encodings."""
    ladder = named("encodings")
    _headers(ladder)
    _transactions(ladder)
    _heads(ladder)
    _blocks(ladder)
    return {"encodings": ladder.file("Bytes alone: what has another form, or another length.")}


def _headers(ladder: Ladder) -> None:
    ladder.accept_header("malformed_header", "92 bytes")
    for about, change in (
        ("91 bytes", slice(0, 91)),
        ("no bytes", slice(0, 0)),
        ("half of it", slice(0, 46)),
    ):
        ladder.reject_header("malformed_header", about, mined(ladder.header()).encode()[change])
    ladder.reject_header("malformed_header", "93 bytes", mined(ladder.header()).encode() + b"\0")


def _transactions(ladder: Ladder) -> None:
    rule, good = "malformed_transaction", ladder.record()
    ladder.accept_transaction(rule, "an array of head and content", good)
    raw, head, content = good.encode(), good.head.raw, good.content or b""
    for about, other in (
        ("no bytes", b""),
        ("its last byte missing", raw[:-1]),
        ("a byte more", raw + b"\0"),
        ("an array of three", msgpack.packb([head, content, None])),
        ("a long array of two", b"\xdc\x00\x02" + raw[1:]),
        ("a content whose length is not in the shortest form", _long(head, content)),
        ("a text in place of the content", msgpack.packb([head, "a note, as text!"])),
        ("nil in place of the head", msgpack.packb([None, content])),
        ("a map", msgpack.packb({0: head, 1: content})),
    ):
        ladder.reject_transaction(rule, about, other, good)


def _long(head: bytes, content: bytes) -> bytes:
    return bytes(b"\x92" + msgpack.packb(head) + b"\xc5" + struct.pack(">H", len(content)) + content)


def _heads(ladder: Ladder) -> None:
    good = ladder.record(kind="abc", data=b"data")
    raw = good.head.raw
    kind = 149  # where the length of the kind stands
    for about, head in (
        ("shorter than any", raw[:151]),
        ("of version 0", raw[:64] + b"\0" + raw[65:]),
        ("of version 2", raw[:64] + b"\2" + raw[65:]),
        ("of a time of 2^63", raw[:97] + b"\x80" + bytes(7) + raw[105:]),
        ("of a content smaller than its salt", raw[:145] + struct.pack(">I", 15) + raw[149:]),
        ("without a kind", raw[:kind] + b"\0" + raw[kind + 4 :]),
        ("of a kind of 33 letters", raw[:kind] + b"\x21" + b"k" * 33 + raw[kind + 4 :]),
        ("of a kind in capitals", raw[: kind + 1] + b"ABC" + raw[kind + 4 :]),
        ("of a kind that is longer than the head", raw[:kind] + b"\x20" + raw[kind + 1 :]),
        ("of data shorter than they say", raw[:-1]),
        ("of data longer than they say", raw + b"\0"),
        ("of 65 bytes of data", raw[: kind + 4] + b"\x41" + bytes(65)),
    ):
        ladder.reject_transaction(
            "malformed_transaction", f"a head {about}", msgpack.packb([head, good.content]), good
        )
    edge = ladder.record(kind="az09._-", payload=b"", data=bytes(64), timestamp=2**63 - 1)
    ladder.accept_transaction("malformed_transaction", "a head with every field at its limit", edge)


def _blocks(ladder: Ladder) -> None:
    rule = "malformed_block"
    ladder.accept_block(
        rule, "an array of header, coinbase, heads and contents", ladder.block([ladder.record()])
    )
    ladder.accept_block(rule, "the longest coinbase", ladder.block((), ladder.coinbase(extra=bytes(32))))
    for about, change in (
        ("a byte more", lambda raw, _: raw + b"\0"),
        ("its last byte missing", lambda raw, _: raw[:-1]),
        ("a content less than heads", lambda _, parts: _packed(parts, contents=parts.contents[1:])),
        ("a content more than heads", lambda _, parts: _packed(parts, contents=[*parts.contents, None])),
        ("a coinbase of 95 bytes", lambda _, parts: _packed(parts, coinbase=parts.coinbase[:95])),
        ("a coinbase of 129 bytes", lambda _, parts: _packed(parts, coinbase=parts.coinbase + bytes(33))),
        ("a text in place of a content", lambda _, parts: _packed(parts, contents=["text"])),
        ("nil in place of a head", lambda _, parts: _packed(parts, heads=[None])),
        ("a header of 91 bytes", lambda _, parts: _packed(parts, header=parts.header[:91])),
        ("a part more", lambda _, parts: bytes(msgpack.packb([*parts, None]))),
        ("a long array of four", lambda raw, _: b"\xdc\x00\x04" + raw[1:]),
        ("a long array of heads", lambda _, parts: _stretched(parts)),
    ):
        honest = ladder.block([ladder.record()])
        raw = honest.encode()
        ladder.reject_block(rule, about, change(raw, Parts.decode(raw)), honest)


def _packed(parts: Parts, **changes: object) -> bytes:
    return bytes(msgpack.packb(list((parts._asdict() | changes).values())))


def _stretched(parts: Parts) -> bytes:
    start = b"\x94" + msgpack.packb(parts.header) + msgpack.packb(parts.coinbase)
    return bytes(start + b"\xdc\x00\x01" + msgpack.packb(parts.heads)[1:] + msgpack.packb(parts.contents))
