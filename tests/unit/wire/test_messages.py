"""Every message on the wire: an example of each with its bytes, and what each of its fields refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from p2pchain.wire.connection import LEGAL, Connection, Phase, Role
from p2pchain.wire.fields import (
    Bytes,
    Choice,
    Flag,
    Kind,
    ListOf,
    MissingField,
    Optional,
    OutOfBounds,
    Row,
    Text,
    Uint,
    WrongType,
)
from p2pchain.wire.frame import LENGTH_SIZE, encode_frame
from p2pchain.wire.message import ContradictoryFields, Message, encode
from p2pchain.wire.messages import MESSAGES

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "messages.json").read_text("utf-8"))


def value_of(written: object) -> object:
    """Read a value as the vectors write it: bytes as {"hex": ...}, tuples as lists."""
    if isinstance(written, dict):
        return bytes.fromhex(written["hex"])
    return tuple(value_of(item) for item in written) if isinstance(written, list) else written


EXAMPLES = [
    MESSAGES[vector["message"]](**{name: value_of(value) for name, value in vector["fields"].items()})
    for vector in VECTORS
]
BODIES = [bytes.fromhex(vector["body"]) for vector in VECTORS]
REQUIRED = [
    (message, name)
    for message in EXAMPLES
    for name, kind in message.FIELDS.items()
    if not isinstance(kind, Optional)
]


def decoded(body: bytes) -> Message:
    """Decode a body as a connection does that may hear it."""
    kind, _ = msgpack.unpackb(body)
    greeting = kind in LEGAL[Role.PEER, Phase.GREETING]
    (incoming,) = Connection(Role.PEER if greeting else Role.CONTROL).receive(encode_frame(body))
    return incoming.message


def body_of(message: Message, **changes: object) -> bytes:
    """Encode a message with some fields changed; those that are ... are left out."""
    kind, fields = msgpack.unpackb(encode(message)[LENGTH_SIZE:])
    changed = {name: value for name, value in (fields | changes).items() if value is not ...}
    return bytes(msgpack.packb([kind, changed]))


def refused(kind: Kind) -> Iterator[tuple[object, type[Exception]]]:
    """Give values that a kind of field refuses, and how."""
    match kind:
        case Optional(inner):
            yield from refused(inner)
        case Uint(top):
            numbers: list[object] = [True, 1.0, None]
            yield from ((top + 1, OutOfBounds), (-1, OutOfBounds), *((each, WrongType) for each in numbers))
        case Bytes(top, least):
            yield from (
                ("text", WrongType),
                (bytes(least - 1) if least else 7, OutOfBounds if least else WrongType),
            )
            yield bytes(top + 1) if top <= 96 * 1024 else None, OutOfBounds if top <= 96 * 1024 else WrongType
        case Text(top):
            yield from (("ä" * (top // 2 + 1), OutOfBounds), (b"bytes", WrongType))
        case _:
            yield from refused_composite(kind)


def refused_composite(kind: Kind) -> Iterator[tuple[object, type[Exception]]]:
    """Do so for flags, choices, and what holds other kinds."""
    match kind:
        case Choice():
            yield from (("other", OutOfBounds), (7, WrongType))
        case Flag():
            yield from ((1, WrongType), (None, WrongType))
        case ListOf(inner, top):
            value, error = next(refused(inner))
            yield from (({}, WrongType), ([value], error))
            yield from [([b""] * (top + 1), OutOfBounds)] * (top <= 100)
        case Row(kinds):
            yield from (([None] * (len(kinds) + 1), OutOfBounds), ("row", WrongType))


def test_there_is_an_example_of_each() -> None:
    assert [message.NAME for message in EXAMPLES] == list(MESSAGES)


@pytest.mark.parametrize(("message", "body"), list(zip(EXAMPLES, BODIES, strict=True)), ids=list(MESSAGES))
def test_its_bytes(message: Message, body: bytes) -> None:
    assert encode(message) == encode_frame(body)
    assert decoded(body) == message
    assert len(body) <= message.BYTES_MAX


@pytest.mark.parametrize(("message", "name"), REQUIRED)
def test_a_field_that_is_missing_is_named(message: Message, name: str) -> None:
    with pytest.raises(MissingField, match=name):
        decoded(body_of(message, **{name: ...}))


@pytest.mark.parametrize("message", EXAMPLES, ids=list(MESSAGES))
def test_what_its_fields_refuse(message: Message) -> None:
    for name, kind in message.FIELDS.items():
        for value, error in refused(kind):
            with pytest.raises(error, match=name):
                decoded(body_of(message, **{name: value}))


@pytest.mark.parametrize("message", EXAMPLES, ids=list(MESSAGES))
def test_fields_of_the_future_are_passed_over(message: Message) -> None:
    assert decoded(body_of(message, unheard_of=[1, {"two": 3}])) == message


CONTRADICTIONS: list[tuple[str, dict[str, object], str]] = [
    ("block", {}, "found neither"),
    ("block", {"block": b"block", "hash": bytes(32), "missing": True}, "found block, hash, missing"),
    ("block", {"hash": bytes(32)}, "found hash"),
    ("got_tx", {"txids": [bytes(32)], "codes": []}, "expected 1 codes, one a txid, found 0"),
    ("get_block_txs", {"hash": bytes(32), "indexes": [0, 2, 2]}, "expected indexes that rise"),
    ("new_block", {}, "found none"),
    ("new_block", {"block": b"block", "header": bytes(92)}, "found block, header"),
    ("new_block", {"header": bytes(92), "short_ids": [bytes(6)]}, "found header, short_ids"),
]


@pytest.mark.parametrize(("name", "fields", "found"), CONTRADICTIONS)
def test_fields_that_make_no_sense_together(name: str, fields: dict[str, object], found: str) -> None:
    with pytest.raises(ContradictoryFields, match=found):
        decoded(msgpack.packb([name, fields]))


@pytest.mark.parametrize("missing", ["later_header", "later_coinbase", "later_path", "history_path"])
def test_a_proof_has_all_parts_of_a_later_block_or_none(missing: str) -> None:
    (proof,) = [message for message in EXAMPLES if message.NAME == "proof"]
    with pytest.raises(ContradictoryFields, match="found 3 of them"):
        decoded(body_of(proof, **{missing: ...}))
