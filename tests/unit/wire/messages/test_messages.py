"""Every message on the wire: an example of each with its bytes, and what each of its fields refuses."""

from collections.abc import Iterator

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
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.allow import Allow
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.deny import Deny
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined
from p2pchain.wire.messages.network import NetworkMessage
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.status import Status
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.subscribe import Subscribe

EXAMPLES: list[tuple[Message, str]] = [
    (
        Hello(
            protocol=1,
            network=b"n" * 32,
            agent="p2pchain/0.1.0",
            node=b"i" * 16,
            listen=4343,
            height=7,
            tip=b"t" * 32,
            work=bytes(31) + b"w",
            time=1_700_000_000_000,
        ),
        (
            "92a568656c6c6f89a870726f746f636f6c01a76e6574776f726bc4206e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e"
            "6e6e6e6e6e6e6e6e6e6e6e6ea56167656e74ae703270636861696e2f302e312e30a46e6f6465c4106969696969696969"
            "6969696969696969a66c697374656ecd10f7a668656967687407a3746970c42074747474747474747474747474747474"
            "74747474747474747474747474747474a4776f726bc42000000000000000000000000000000000000000000000000000"
            "00000000000077a474696d65cf0000018bcfe56800"
        ),
    ),
    (
        Bye(code="denied", reason="the operator of this node denied this address"),
        (
            "92a362796582a4636f6465a664656e696564a6726561736f6ed92d746865206f70657261746f72206f66207468697320"
            "6e6f64652064656e69656420746869732061646472657373"
        ),
    ),
    (
        Ping(nonce=2**40),
        ("92a470696e6781a56e6f6e6365cf0000010000000000"),
    ),
    (
        Pong(nonce=2**40),
        ("92a4706f6e6781a56e6f6e6365cf0000010000000000"),
    ),
    (
        GetChain(locator=(b"a" * 32, b"g" * 32), what="headers", limit=500),
        (
            "92a96765745f636861696e83a76c6f6361746f7292c42061616161616161616161616161616161616161616161616161"
            "61616161616161c4206767676767676767676767676767676767676767676767676767676767676767a477686174a768"
            "656164657273a56c696d6974cd01f4"
        ),
    ),
    (
        Chain(what="headers", start=8, items=(b"h" * 92,), height=8, tip=b"t" * 32),
        (
            "92a5636861696e85a477686174a768656164657273a5737461727408a56974656d7391c45c6868686868686868686868"
            "686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868"
            "686868686868686868686868686868686868686868686868686868686868686868a668656967687408a3746970c42074"
            "74747474747474747474747474747474747474747474747474747474747474"
        ),
    ),
    (
        GetBlocks(hashes=(b"a" * 32, b"b" * 32)),
        (
            "92aa6765745f626c6f636b7381a668617368657392c42061616161616161616161616161616161616161616161616161"
            "61616161616161c4206262626262626262626262626262626262626262626262626262626262626262"
        ),
    ),
    (
        BlockMessage(hash=b"a" * 32, missing=True),
        (
            "92a5626c6f636b82a468617368c4206161616161616161616161616161616161616161616161616161616161616161a7"
            "6d697373696e67c3"
        ),
    ),
    (
        NewBlock(header=b"h" * 92),
        (
            "92a96e65775f626c6f636b81a6686561646572c45c686868686868686868686868686868686868686868686868686868"
            "686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868"
            "6868686868686868686868686868686868"
        ),
    ),
    (
        NewTx(transactions=(b"one", b"two"), ack=True),
        ("92a66e65775f747882ac7472616e73616374696f6e7392c4036f6e65c40374776fa361636bc3"),
    ),
    (
        GotTx(txids=(b"a" * 32, b"b" * 32), codes=("accepted", "known")),
        (
            "92a6676f745f747882a5747869647392c420616161616161616161616161616161616161616161616161616161616161"
            "6161c4206262626262626262626262626262626262626262626262626262626262626262a5636f64657392a861636365"
            "70746564a56b6e6f776e"
        ),
    ),
    (
        GetPeers(),
        ("92a96765745f706565727380"),
    ),
    (
        PeersMessage(addresses=(("192.0.2.1", 4343), ("2001:db8::1", 4343))),
        (
            "92a5706565727381a96164647265737365739292a93139322e302e322e31cd10f792ab323030313a6462383a3a31cd10"
            "f7"
        ),
    ),
    (
        ErrorMessage(code="nothing_pending", reason="nothing is pending", to="mine"),
        (
            "92a56572726f7283a4636f6465af6e6f7468696e675f70656e64696e67a6726561736f6eb26e6f7468696e6720697320"
            "70656e64696e67a2746fa46d696e65"
        ),
    ),
    (
        GetStatus(),
        ("92aa6765745f73746174757380"),
    ),
    (
        Status(
            agent="p2pchain/0.1.0",
            protocol=1,
            network=b"n" * 32,
            name="local",
            node=b"i" * 16,
            listen="127.0.0.1:4343",
            height=7,
            tip=b"t" * 32,
            work=bytes(31) + b"w",
            best_header=9,
            peers=2,
            pending=3,
            pending_bytes=700,
            mining="auto",
            hash_rate=100_000,
            last_event=12,
            started=1_700_000_000_000,
            time=1_700_000_001_000,
        ),
        (
            "92a6737461747573de0012a56167656e74ae703270636861696e2f302e312e30a870726f746f636f6c01a76e6574776f"
            "726bc4206e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6ea46e616d65a56c6f63616ca4"
            "6e6f6465c41069696969696969696969696969696969a66c697374656eae3132372e302e302e313a34333433a6686569"
            "67687407a3746970c4207474747474747474747474747474747474747474747474747474747474747474a4776f726bc4"
            "200000000000000000000000000000000000000000000000000000000000000077ab626573745f68656164657209a570"
            "6565727302a770656e64696e6703ad70656e64696e675f6279746573cd02bca66d696e696e67a46175746fa968617368"
            "5f72617465ce000186a0aa6c6173745f6576656e740ca773746172746564cf0000018bcfe56800a474696d65cf000001"
            "8bcfe56be8"
        ),
    ),
    (
        GetPending(after=b"a" * 32, limit=10),
        (
            "92ab6765745f70656e64696e6782a56166746572c4206161616161616161616161616161616161616161616161616161"
            "616161616161a56c696d69740a"
        ),
    ),
    (
        PendingMessage(transactions=(b"one",), total=5),
        ("92a770656e64696e6782ac7472616e73616374696f6e7391c4036f6e65a5746f74616c05"),
    ),
    (
        Mine(),
        ("92a46d696e6580"),
    ),
    (
        Mined(height=8, hash=b"t" * 32),
        (
            "92a56d696e656482a668656967687408a468617368c42074747474747474747474747474747474747474747474747474"
            "74747474747474"
        ),
    ),
    (
        GetConnections(),
        ("92af6765745f636f6e6e656374696f6e7380"),
    ),
    (
        Connections(
            connections=(
                ("192.0.2.1:4343", "outbound", "ready", "p2pchain/0.1.0", 7, 1_700_000_000_000, 3, 400, 500),
            )
        ),
        (
            "92ab636f6e6e656374696f6e7381ab636f6e6e656374696f6e739199ae3139322e302e322e313a34333433a86f757462"
            "6f756e64a57265616479ae703270636861696e2f302e312e3007cf0000018bcfe5680003cd0190cd01f4"
        ),
    ),
    (
        AddPeer(address="192.0.2.1:4343"),
        ("92a86164645f7065657281a761646472657373ae3139322e302e322e313a34333433"),
    ),
    (
        Deny(address="192.0.2.1"),
        ("92a464656e7981a761646472657373a93139322e302e322e31"),
    ),
    (
        Allow(address="192.0.2.1"),
        ("92a5616c6c6f7781a761646472657373a93139322e302e322e31"),
    ),
    (
        Stop(),
        ("92a473746f7080"),
    ),
    (
        Done(),
        ("92a4646f6e6580"),
    ),
    (
        Subscribe(since=12),
        ("92a973756273637269626581a573696e63650c"),
    ),
    (
        EventMessage(number=13, kind="connected", data=b"\x80"),
        ("92a56576656e7483a66e756d6265720da46b696e64a9636f6e6e6563746564a464617461c40180"),
    ),
    (
        GetNetwork(),
        ("92ab6765745f6e6574776f726b80"),
    ),
    (
        NetworkMessage(toml='name = "local"\n'),
        ("92a76e6574776f726b81a4746f6d6caf6e616d65203d20226c6f63616c220a"),
    ),
]
REQUIRED = [
    (message, name)
    for message, _ in EXAMPLES
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
    assert [message.NAME for message, _ in EXAMPLES] == list(MESSAGES)
    assert {type(message) for message, _ in EXAMPLES} == set(MESSAGES.values())


@pytest.mark.parametrize(("message", "hexadecimal"), EXAMPLES, ids=list(MESSAGES))
def test_its_bytes(message: Message, hexadecimal: str) -> None:
    body = bytes.fromhex(hexadecimal)
    assert encode(message) == encode_frame(body)
    assert decoded(body) == message
    assert len(body) <= message.BYTES_MAX


@pytest.mark.parametrize(("message", "name"), REQUIRED)
def test_a_field_that_is_missing_is_named(message: Message, name: str) -> None:
    with pytest.raises(MissingField, match=name):
        decoded(body_of(message, **{name: ...}))


@pytest.mark.parametrize("message", [message for message, _ in EXAMPLES], ids=list(MESSAGES))
def test_what_its_fields_refuse(message: Message) -> None:
    for name, kind in message.FIELDS.items():
        for value, error in refused(kind):
            with pytest.raises(error, match=name):
                decoded(body_of(message, **{name: value}))


@pytest.mark.parametrize("message", [message for message, _ in EXAMPLES], ids=list(MESSAGES))
def test_fields_of_the_future_are_passed_over(message: Message) -> None:
    assert decoded(body_of(message, unheard_of=[1, {"two": 3}])) == message
