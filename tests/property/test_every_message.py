"""Each message of the table: what is wrong with its bytes has a name; with all fields at their largest it is read."""

import json
from pathlib import Path

import msgpack
import pytest

from p2pchain.errors import WireError
from p2pchain.wire.connection import LEGAL, Connection, Phase, Role
from p2pchain.wire.decoding import MalformedMsgpack, RepeatedField, decode
from p2pchain.wire.fields import Bytes, Choice, Flag, Kind, ListOf, MissingField, Optional, Row, Text, Uint
from p2pchain.wire.frame import LENGTH_SIZE, FrameTooLong, MalformedEnvelope, encode_frame
from p2pchain.wire.message import ContradictoryFields, Message, encode
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.get_block_txs import INDEXES_MAX

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "messages.json").read_text("utf-8"))
BODIES = {vector["message"]: bytes.fromhex(vector["body"]) for vector in VECTORS}
FIELDS = [(name, field) for name, kind in MESSAGES.items() for field in kind.FIELDS]
# What no field takes, as msgpack.
FOREIGN = {
    "a float": b"\xcb" + bytes(8),
    "a short float": b"\xca" + bytes(4),
    "an extension": b"\xd4\x01\x00",
    "a time": b"\xd6\xff" + bytes(4),
    "a map": b"\x81\xa1a\x01",
    "lists in one another": b"\x91" * 30 + b"\x00",
    "a list that claims four thousand million": b"\xdd\xff\xff\xff\xff",
}


def role_of(name: str) -> Role:
    return Role.PEER if name in LEGAL[Role.PEER, Phase.GREETING] else Role.CONTROL


def fault_in(name: str, body: bytes) -> type[WireError] | None:
    """Give the class of the error with which a connection that may hear a message refuses a body of it."""
    try:
        list(Connection(role_of(name)).receive(encode_frame(body)))
    except WireError as error:
        return type(error)
    return None


def body_with(name: str, field: str, raw: bytes) -> bytes:
    """Give a message's body with a field's value written as these bytes."""
    fields = msgpack.unpackb(BODIES[name])[1]
    fields.pop(field, None)
    return mapped(name, len(fields) + 1, fields) + bytes(msgpack.packb(field)) + raw


def mapped(name: str, count: int, fields: dict[str, object]) -> bytes:
    """Give the beginning of a body that says how many fields it has, and these of them."""
    start = b"\x92" + msgpack.packb(name) + b"\xde" + count.to_bytes(2, "big")
    return bytes(start + b"".join(msgpack.packb(each) for item in fields.items() for each in item))


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_value_of_a_foreign_type_is_named(name: str, field: str) -> None:
    for about, raw in FOREIGN.items():
        fault = fault_in(name, body_with(name, field, raw))
        assert fault is not None, about
        assert fault.code in ("wrong_type", "out_of_bounds", "malformed_msgpack"), about


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_is_there_once(name: str, field: str) -> None:
    fields = msgpack.unpackb(BODIES[name])[1]
    if field in fields:
        again = mapped(name, len(fields) + 1, fields) + msgpack.packb(field) + msgpack.packb(fields[field])
        assert fault_in(name, again) is RepeatedField
    if not isinstance(MESSAGES[name].FIELDS[field], Optional):
        del fields[field]
        assert fault_in(name, msgpack.packb([name, fields])) is MissingField


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_wrong_with_the_whole_body_is_named(name: str) -> None:
    body = BODIES[name]
    fields = msgpack.unpackb(body)[1]
    assert fault_in(name, body) is None
    assert fault_in(name, body + b"\0") is MalformedMsgpack
    assert fault_in(name, body[:-1]) is MalformedMsgpack
    assert fault_in(name, msgpack.packb([name, fields, None])) is MalformedEnvelope
    assert fault_in(name, msgpack.packb([name, list(fields)])) is MalformedMsgpack
    assert fault_in(name, msgpack.packb([name, {7: 1}])) is MalformedEnvelope
    assert fault_in(name, b"\x92" + msgpack.packb(name) + b"\xc7\x00\x01") is MalformedMsgpack


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_too_long_is_refused_before_it_is_there(name: str) -> None:
    over = (MESSAGES[name].BYTES_MAX + 1).to_bytes(LENGTH_SIZE, "big")
    connection = Connection(role_of(name))
    with pytest.raises(FrameTooLong):
        list(connection.receive(over + b"\x92" + msgpack.packb(name)))
    assert connection._decoder.buffered < 64


def largest(kind: Kind, items_max: int) -> object:
    """Give the largest value of a field, with lists of no more items than that."""
    match kind:
        case Optional(inner):
            return largest(inner, items_max)
        case Uint(top):
            return top
        case Bytes(top):
            return b"\xff" * top
        case Text(top):
            return "x" * top
        case Flag():
            return True
        case Choice(words):
            return max(words, key=len)
        case ListOf(inner, top):
            return (largest(inner, items_max),) * min(top, items_max)
        case Row(kinds):
            return tuple(largest(each, items_max) for each in kinds)
    raise AssertionError(kind)


# What carries blocks, transactions or contents: its fields are bounded by its own limit, not one by one.
BULKY = {"chain", "block", "new_block", "block_txs", "new_tx", "pending", "contents"}

# What has to rise cannot be at its largest everywhere.
RISING = {"get_block_txs": {"indexes": tuple(range(INDEXES_MAX))}}


def read_back(message: Message, tag: int | None) -> None:
    body = encode(message, tag)[LENGTH_SIZE:]
    assert len(body) <= message.BYTES_MAX
    incoming = decode(type(message), body)
    assert (incoming.message, incoming.id) == (message, tag)
    assert encode(incoming.message, incoming.id)[LENGTH_SIZE:] == body


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in BULKY])
def test_a_message_with_every_field_at_its_largest_is_read_back(name: str) -> None:
    kind = MESSAGES[name]
    values = {field: largest(each, 2**32) for field, each in kind.FIELDS.items()}
    message = kind(**(values | RISING.get(name, {})))
    try:
        message.check()
    except ContradictoryFields:
        pytest.fail(f"{name}: fields that are right one by one contradict one another")
    read_back(message, 2**63 - 1)


def full(kind: Kind) -> object:
    """Give a list as full as it may be, of the smallest items; any other field as it comes."""
    match kind:
        case Optional(inner):
            return full(inner)
        case ListOf(Bytes(_, least, nil), top):
            return (None if nil else bytes(least),) * top
    return largest(kind, 0) if not isinstance(kind, Bytes) else bytes(kind.min)


@pytest.mark.parametrize("name", ["chain", "block_txs", "new_tx", "pending", "contents"])
def test_a_list_with_as_many_items_as_it_may_have_is_read_back(name: str) -> None:
    kind = MESSAGES[name]
    read_back(kind(**{field: full(each) for field, each in kind.FIELDS.items()}), None)
