"""Whatever bytes come in, a connection gives messages or a named error, and holds no more than a frame's limit."""

import random
import struct
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import msgpack
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.network import LOCAL, MAX_BLOCK_BYTES, MAX_TRANSACTION_BYTES
from p2pchain.chain.rules import check_block_alone
from p2pchain.chain.transaction import SALT_SIZE, Transaction
from p2pchain.errors import OrderError, PeerError, WireError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import decode, limit_of
from p2pchain.wire.fields import Bytes, Choice, Flag, Kind, ListOf, Optional, Row, Text, Uint
from p2pchain.wire.frame import FRAME_MAX, LENGTH_SIZE, encode_frame, name_of
from p2pchain.wire.message import ContradictoryFields, Message, encode
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.bye import REASON_MAX
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.messages.ping import Ping

SMALL = 40
ITEMS = 4


def values(kind: Kind) -> st.SearchStrategy[object]:
    """Give what a kind of field takes, bounds included, but nothing huge."""
    match kind:
        case Optional(inner):
            return values(inner)
        case Uint(top):
            return st.integers(0, top) | st.sampled_from((0, top))
        case Bytes(top, least, nil):
            sized = st.binary(min_size=least, max_size=max(least, min(top, SMALL)))
            return sized | st.none() if nil else sized
        case Text(top):
            return st.text(max_size=min(top, SMALL) // 4)
        case Flag():
            return st.booleans()
        case Choice(words):
            return st.sampled_from(words)
        case ListOf(inner, top):
            return st.lists(values(inner), max_size=min(top, ITEMS)).map(tuple)
        case Row(kinds):
            return st.tuples(*(values(each) for each in kinds))
    raise AssertionError(kind)


@st.composite
def fields_of(draw: st.DrawFn, kind: type[Message]) -> dict[str, object]:
    """Give fields of a message, each right for itself, with those that may be absent there or not."""
    return {
        name: draw(values(field))
        for name, field in kind.FIELDS.items()
        if not isinstance(field, Optional) or draw(st.booleans())
    }


@st.composite
def messages(draw: st.DrawFn) -> Message:
    kind = draw(st.sampled_from(sorted(MESSAGES.values(), key=lambda each: each.NAME)))
    message = kind(**draw(fields_of(kind)))
    try:
        message.check()
    except ContradictoryFields:
        assume(condition=False)
    return message


ids = st.none() | st.integers(0, 2**63 - 1)
plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary()
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text() | st.binary(), inner, max_size=5),
    max_leaves=10,
)
NAMES = [*MESSAGES, "unheard_of", ""]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Give a frame that is nearly a message: any values, other shapes, bytes changed or cut."""
    name = draw(st.sampled_from(NAMES))
    right = MESSAGES[name].FIELDS if name in MESSAGES else {}
    fields = draw(
        st.fixed_dictionaries({}, optional={each: values(kind) | anything for each, kind in right.items()})
    )
    fields |= draw(st.dictionaries(st.text(max_size=5), anything, max_size=2))
    body = bytearray(msgpack.packb(draw(st.just([name, fields]) | st.tuples(st.just(name), anything))))
    for _ in range(draw(st.integers(0, 2))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    frame = encode_frame(bytes(body))
    return frame[: draw(st.integers(0, len(frame)))] if draw(st.booleans()) else frame


Fault = WireError | OrderError


def hear(
    connection: Connection, pieces: Iterable[bytes]
) -> tuple[list[tuple[Message, int | None]], Fault | None]:
    """Give what the pieces of a stream complete, up to the fault that ends it."""
    found: list[tuple[Message, int | None]] = []
    try:
        for piece in pieces:
            for incoming in connection.receive(piece):
                found += [(incoming.message, incoming.id)]
    except (WireError, OrderError) as fault:
        return found, fault
    return found, None


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def most_held(data: bytes) -> int:
    """Give the limit of the frame that has begun and is not over, with what stands before its body."""
    while len(data) >= LENGTH_SIZE:
        length = int.from_bytes(data[:LENGTH_SIZE], "big")
        body = data[LENGTH_SIZE:]
        if len(body) < length:
            return LENGTH_SIZE + limit_of(name_of(body) or "")
        data = body[length:]
    return LENGTH_SIZE


roles = st.sampled_from((Role.PEER, Role.CONTROL))
streams = st.lists(spoiled() | st.binary(max_size=20) | messages().map(encode), max_size=4).map(b"".join)
cuts = st.lists(st.integers(0, 500), max_size=5)


@given(role=roles, data=streams, cuts=cuts)
def test_any_bytes_give_messages_or_a_named_error(role: Role, data: bytes, cuts: list[int]) -> None:
    connection = Connection(role)
    fed = b""
    for piece in split(data, cuts):
        fed += piece
        fault = hear(connection, [piece])[1]
        if fault is not None:
            assert fault.code not in (WireError.code, PeerError.code)
            assert len(str(fault).encode()) <= REASON_MAX
            return
        assert connection._decoder.buffered <= most_held(fed)


@given(role=roles, data=streams)
def test_the_split_changes_neither_messages_nor_the_fault(role: Role, data: bytes) -> None:
    whole, fault = hear(Connection(role), [data])
    for size in (1, 7):
        found, other = hear(Connection(role), (data[at : at + size] for at in range(0, len(data), size)))
        assert found == whole
        assert type(other) is type(fault)


@given(sent=st.lists(st.tuples(messages(), ids), max_size=5), cuts=cuts, tail=st.integers(0, 10))
def test_any_split_of_messages_gives_the_same_messages(
    sent: list[tuple[Message, int | None]], cuts: list[int], tail: int
) -> None:
    sent = [(message, tag) for message, tag in sent if message.NAME != "hello"]
    rest = encode(Ping(nonce=2**40))[:tail]
    data = b"".join(encode(message, tag) for message, tag in sent) + rest
    for pieces in ([data], [bytes([byte]) for byte in data], split(data, cuts)):
        connection = Connection(Role.CONTROL)
        assert hear(connection, pieces) == (sent, None)
        assert connection._decoder.buffered <= len(rest)


@settings(max_examples=300)
@given(message=messages(), tag=ids)
def test_every_message_is_read_back(message: Message, tag: int | None) -> None:
    body = encode(message, tag)[LENGTH_SIZE:]
    incoming = decode(type(message), body)
    assert (incoming.message, incoming.id) == (message, tag)
    assert name_of(body) == message.NAME
    assert encode(incoming.message, incoming.id)[LENGTH_SIZE:] == body


@given(message=messages(), more=st.dictionaries(st.text(), anything, max_size=3), seed=st.integers(0, 2**32))
def test_the_order_of_fields_and_unknown_ones_change_nothing(
    message: Message, more: dict[str, object], seed: int
) -> None:
    known: dict[str, object] = msgpack.unpackb(encode(message)[LENGTH_SIZE:])[1]
    unknown = {name: value for name, value in more.items() if name not in ("id", *message.FIELDS)}
    fields = list((unknown | known).items())
    random.Random(seed).shuffle(fields)
    assert decode(type(message), msgpack.packb([message.NAME, dict(fields)])).message == message


def largest(kind: Kind) -> int:
    """Give the most bytes that msgpack needs for a value of a kind."""
    match kind:
        case Optional(inner):
            return largest(inner)
        case Bytes(top) | Text(top):
            return 5 + top
        case Choice(words):
            return 5 + max(map(len, words))
        case ListOf(inner, top):
            return 5 + top * largest(inner)
        case Row(kinds):
            return 1 + sum(map(largest, kinds))
    return 9


# What carries blocks or transactions is bounded by the sum of its parts.
BY_SUM = {"chain", "block", "new_block", "block_txs", "new_tx", "pending", "contents"}


@pytest.mark.parametrize("kind", [kind for name, kind in MESSAGES.items() if name not in BY_SUM])
def test_a_message_at_the_bounds_of_all_its_fields_fits_into_its_frame(kind: type[Message]) -> None:
    fields = sum(2 + len(name) + largest(field) for name, field in kind.FIELDS.items())
    assert 4 + len(kind.NAME) + fields + len("id") + 10 <= kind.BYTES_MAX <= FRAME_MAX


def record(number: int, payload_size: int) -> Transaction:
    """A transaction of the smallest head that is read, unsigned."""
    content = bytes(SALT_SIZE + payload_size)
    parts = (bytes(64), 1, bytes(32), number, 0, sha256(content).digest(), len(content), b"\x01k\x00")
    return Transaction.from_parts(struct.pack(">64sB32sQQ32sI3s", *parts), content, LARGEST.id)


LARGEST = replace(LOCAL, max_block_bytes=MAX_BLOCK_BYTES, max_transaction_bytes=MAX_TRANSACTION_BYTES)


@pytest.mark.parametrize("size", [0, MAX_TRANSACTION_BYTES - 168], ids=["small records", "large records"])
def test_the_largest_block_passes_every_message_that_carries_it(size: int) -> None:
    coinbase = Coinbase(bytes(32), 1, bytes(32), bytes(32))
    room = MAX_BLOCK_BYTES - 92 - 128
    count = room // record(0, size).size
    records = [record(number, size) for number in range(count)]
    rest = room - sum(each.size for each in records)
    records += [record(count, rest - 168)] if rest >= 168 else []
    header = Header(1, bytes(32), merkle_root_of(coinbase, [each.head for each in records]), 1, LOCAL.bits, 0)
    block = Block(header, coinbase, tuple(records))
    assert LARGEST.max_block_bytes - 168 < block.size <= LARGEST.max_block_bytes
    check_block_alone(block, LARGEST)

    encoded = block.encode()
    for message in (
        NewBlock(block=encoded),
        BlockMessage(block=encoded),
        Chain(what="blocks", start=1, items=(encoded,), height=1, tip=header.hash),
    ):
        connection = Connection(Role.CONTROL)
        assert hear(connection, [encode(message, 2**63 - 1)]) == ([(message, 2**63 - 1)], None)
    assert Block.decode(encoded, LARGEST.id) == block


def test_the_largest_transaction_passes_every_message_that_carries_it() -> None:
    encoded = record(0, MAX_TRANSACTION_BYTES - 168).encode()
    for message in (
        NewTx(transactions=(encoded,), ack=True),
        PendingMessage(transactions=(encoded,), total=1),
    ):
        assert hear(Connection(Role.CONTROL), [encode(message)]) == ([(message, None)], None)
