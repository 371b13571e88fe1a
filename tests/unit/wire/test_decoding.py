"""A body becomes a message or a named error, and its cost is bounded by what the message may hold."""

import tracemalloc

import msgpack
import pytest

from p2pchain.errors import WireError
from p2pchain.wire.decoding import (
    FIELDS_MAX,
    REMEMBERED_BYTES_MAX,
    UNKNOWN_BYTES_MAX,
    Incoming,
    MalformedMsgpack,
    RepeatedField,
    decode,
    forget,
    limit_of,
)
from p2pchain.wire.fields import UINT_MAX, MissingField, OutOfBounds, WrongType
from p2pchain.wire.frame import MalformedEnvelope
from p2pchain.wire.message import ContradictoryFields, Message
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.ping import Ping

PING = b"\x92\xa4ping"
NONCE = b"\xa5nonce\x01"


def body(name: str, fields: object) -> bytes:
    return bytes(msgpack.packb([name, fields]))


def test_a_body_becomes_a_message() -> None:
    assert decode(Ping, PING + b"\x81" + NONCE) == Incoming(Ping(nonce=1), None)
    assert decode(Ping, body("ping", {"id": 7, "nonce": 1})) == Incoming(Ping(nonce=1), 7)


@pytest.mark.parametrize(
    "raw", [b"\xcc\x01", b"\xcd\0\x01", b"\xcf\0\0\0\0\0\0\0\x01", b"\xd0\x01", b"\xd3\0\0\0\0\0\0\0\x01"]
)
def test_numbers_may_be_written_at_any_length(raw: bytes) -> None:
    assert decode(Ping, PING + b"\x81\xa5nonce" + raw).message == Ping(nonce=1)


@pytest.mark.parametrize("raw", [b"\x81", b"\xde\0\x01", b"\xdf\0\0\0\x01"])
def test_maps_may_be_written_at_any_length(raw: bytes) -> None:
    assert decode(Ping, PING + raw + NONCE).message == Ping(nonce=1)


REFUSED: dict[str, tuple[bytes, type[WireError]]] = {
    "nothing": (b"", MalformedMsgpack),
    "another name": (body("pong", {"nonce": 1}), MalformedEnvelope),
    "an array of three": (bytes(msgpack.packb(["ping", {"nonce": 1}, 0])), MalformedEnvelope),
    "no array": (b"\x81\xa4ping\x80", MalformedMsgpack),
    "a list of fields": (body("ping", [1]), MalformedMsgpack),
    "no fields": (PING, MalformedMsgpack),
    "cut off in a field": (PING + b"\x81" + NONCE[:-1], MalformedMsgpack),
    "fewer fields than it says": (PING + b"\x82" + NONCE, MalformedMsgpack),
    "a byte behind": (PING + b"\x81" + NONCE + b"\0", MalformedMsgpack),
    "another message behind": (PING + b"\x81" + NONCE + PING + b"\x81" + NONCE, MalformedMsgpack),
    "a field twice": (PING + b"\x82" + NONCE + NONCE, RepeatedField),
    "an unknown field twice": (PING + b"\x83" + NONCE + b"\xa1x\x01\xa1x\x02", RepeatedField),
    "a field twice, written in two ways": (PING + b"\x82" + NONCE + b"\xd9\x05nonce\x01", RepeatedField),
    "the id twice": (PING + b"\x83" + NONCE + b"\xa2id\x01\xa2id\x01", RepeatedField),
    "a number as a name": (body("ping", {"nonce": 1, 5: 1}), MalformedEnvelope),
    "bytes as a name": (body("ping", {b"nonce": 1}), MalformedEnvelope),
    "nil as a name": (body("ping", {None: 1}), MalformedEnvelope),
    "a list as a name": (PING + b"\x81\x91\x01\x01", MalformedMsgpack),
    "a name that is no UTF-8": (PING + b"\x81\xa1\xff\x01", MalformedMsgpack),
    "a byte that is never used, in an unknown field": (
        PING + b"\x82" + NONCE + b"\xa1x\xc1",
        MalformedMsgpack,
    ),
    "arrays all the way down": (PING + b"\x82" + NONCE + b"\xa1x" + b"\x91" * 5_000, MalformedMsgpack),
    "maps all the way down": (PING + b"\x82" + NONCE + b"\xa1x" + b"\x81\xa1x" * 5_000, MalformedMsgpack),
    "no nonce": (body("ping", {}), MissingField),
    "a flag as a nonce": (body("ping", {"nonce": True}), WrongType),
    "a float as a nonce": (body("ping", {"nonce": 1.0}), WrongType),
    "a large nonce": (body("ping", {"nonce": UINT_MAX + 1}), OutOfBounds),
    "text as an id": (body("ping", {"nonce": 1, "id": "1"}), WrongType),
    "nil as an id": (body("ping", {"nonce": 1, "id": None}), WrongType),
    "a negative id": (body("ping", {"nonce": 1, "id": -1}), OutOfBounds),
    "too many fields": (
        body("ping", {"nonce": 1} | {str(each): 0 for each in range(FIELDS_MAX)}),
        OutOfBounds,
    ),
    "a claim of 2^32 - 1 fields": (PING + b"\xdf\xff\xff\xff\xff", OutOfBounds),
    "too much that is unknown": (body("ping", {"nonce": 1, "x": bytes(UNKNOWN_BYTES_MAX)}), OutOfBounds),
    "too much that is unknown, in parts": (
        body("ping", {"x": bytes(40_000), "nonce": 1, "y": bytes(40_000)}),
        OutOfBounds,
    ),
}


@pytest.mark.parametrize(("raw", "error"), REFUSED.values(), ids=REFUSED)
def test_everything_else_is_a_named_error(raw: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        decode(Ping, raw)


PASSED_OVER: dict[str, object] = {
    "nil": None,
    "a float": float("nan"),
    "an extension": msgpack.ExtType(5, b"x"),
    "a map of maps": {"a": {"b": [{}]}, 5: b"x"},
    "much": bytes(UNKNOWN_BYTES_MAX - 20),
}


@pytest.mark.parametrize("value", PASSED_OVER.values(), ids=PASSED_OVER)
def test_unknown_fields_are_passed_over(value: object) -> None:
    assert decode(Ping, body("ping", {"x": value, "nonce": 1})).message == Ping(nonce=1)


def test_what_stands_in_an_unknown_field_is_not_looked_at() -> None:
    raw = PING + b"\x82" + b"\xa1x\x82\xa1\xff\x01\xa1\xff\x02" + NONCE
    assert decode(Ping, raw).message == Ping(nonce=1)


HOSTILE: dict[str, tuple[type[Message], bytes]] = {
    "maps in an unknown field": (
        NewBlock,
        b"\x92\xa9new_block\x81\xa1x" + b"\xdd\0\x0f\x42\x40" + b"\x80" * 10**6,
    ),
    "maps in a number": (Ping, PING + b"\x81\xa5nonce\xdd\0\x0f\x42\x40" + b"\x80" * 10**6),
    "maps in a list": (Chain, b"\x92\xa5chain\x81\xa5items\xdc\x07\xd0" + b"\xdc\x07\xd0" + b"\x80" * 10**6),
    "maps as names": (Ping, PING + b"\xdf\0\x0f\x42\x40" + b"\x80" * 2 * 10**6),
    "lists that claim as much as there are bytes": (
        Ping,
        PING + b"\x81\xa1x" + b"\xdd\0\x0f\x42\x40" * 200_000,
    ),
}


@pytest.mark.parametrize(("kind", "raw"), HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_nothing_takes_little_memory(kind: type[Message], raw: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(kind, raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(raw) + 100_000


CONTRADICTIONS: tuple[Message, ...] = (
    BlockMessage(),
    BlockMessage(block=b"b", missing=True),
    BlockMessage(block=b"b", hash=bytes(32)),
    BlockMessage(block=b"b", hash=bytes(32), missing=True),
    BlockMessage(hash=bytes(32)),
    BlockMessage(missing=True),
    NewBlock(),
    NewBlock(block=b"b", header=bytes(92)),
    NewBlock(header=bytes(92), coinbase=bytes(96)),
    NewBlock(header=bytes(92), short_ids=()),
    NewBlock(coinbase=bytes(96), short_ids=()),
    NewBlock(block=b"b", header=bytes(92), coinbase=bytes(96), short_ids=()),
    GotTx(txids=(bytes(32),), codes=()),
)
AGREEING: tuple[Message, ...] = (
    BlockMessage(block=b"b"),
    BlockMessage(hash=bytes(32), missing=True),
    NewBlock(block=b"b"),
    NewBlock(header=bytes(92)),
    NewBlock(header=bytes(92), coinbase=bytes(96), short_ids=()),
    GotTx(txids=(bytes(32),), codes=("known",)),
)


@pytest.mark.parametrize("message", CONTRADICTIONS, ids=repr)
def test_fields_that_make_no_sense_together_are_refused(message: Message) -> None:
    with pytest.raises(ContradictoryFields):
        decode(type(message), body(message.NAME, message.values()))


@pytest.mark.parametrize("message", AGREEING, ids=repr)
def test_fields_that_make_sense_together_are_taken(message: Message) -> None:
    assert decode(type(message), body(message.NAME, message.values())).message == message


def test_every_name_has_a_limit() -> None:
    assert {name: limit_of(name) for name in MESSAGES} == {
        name: kind.BYTES_MAX for name, kind in MESSAGES.items()
    }
    assert limit_of("unheard_of") == UNKNOWN_BYTES_MAX


def test_what_comes_again_in_the_same_bytes_is_read_once_unless_it_is_long() -> None:
    short = body("got_tx", {"txids": [], "codes": [], "id": 1})
    read = decode(GotTx, short)
    assert decode(GotTx, bytes(bytearray(short))) is read
    forget()
    assert decode(GotTx, short) is not read
    long = body("block", {"block": bytes(REMEMBERED_BYTES_MAX)})
    assert decode(BlockMessage, long) is not decode(BlockMessage, long)
    assert decode(BlockMessage, long) == decode(BlockMessage, long)
