"""A connection takes messages in their legal order, each within its limit, and passes over what it does not know."""

import msgpack
import pytest

from p2pchain.wire.connection import (
    CONTROL_ONLY,
    GREETING_BYTES_MAX,
    LEGAL,
    PEER_MESSAGES,
    Connection,
    OutOfOrder,
    Role,
)
from p2pchain.wire.decoding import UNKNOWN_BYTES_MAX, Incoming
from p2pchain.wire.frame import EmptyFrame, FrameTooLong, encode_frame
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.ping import Ping

HELLO = Hello(
    protocol=1,
    network=bytes(32),
    agent="test",
    node=bytes(16),
    listen=0,
    height=0,
    tip=bytes(32),
    work=bytes(32),
    time=0,
)
GREETING = encode(HELLO)


def frame(name: str, fields: object) -> bytes:
    return encode_frame(msgpack.packb([name, fields]))


def greeted() -> Connection:
    connection = Connection(Role.PEER)
    assert [each.message for each in connection.receive(GREETING)] == [HELLO]
    return connection


def heard(connection: Connection, data: bytes) -> list[Message]:
    return [each.message for each in connection.receive(data)]


def test_a_greeting_and_more_may_come_in_one_piece() -> None:
    data = GREETING + encode(Ping(nonce=1)) + encode(GetPeers(), 9)
    assert list(Connection(Role.PEER).receive(data)) == [
        Incoming(HELLO, None),
        Incoming(Ping(nonce=1), None),
        Incoming(GetPeers(), 9),
    ]


@pytest.mark.parametrize("name", [*sorted(MESSAGES.keys() - {"hello", "bye"}), "unheard_of"])
def test_nothing_comes_before_the_greeting(name: str) -> None:
    with pytest.raises(OutOfOrder, match=name) as caught:
        heard(Connection(Role.PEER), frame(name, {}))
    assert caught.value.ban_seconds == 60


def test_a_refusal_may_come_before_the_greeting() -> None:
    bye = Bye(code="too_many", reason="full")
    connection = Connection(Role.PEER)
    assert heard(connection, encode(bye)) == [bye]
    assert heard(connection, GREETING) == [HELLO]


def test_there_is_one_greeting() -> None:
    with pytest.raises(OutOfOrder, match="hello"):
        heard(greeted(), GREETING)


@pytest.mark.parametrize("name", sorted(CONTROL_ONLY))
def test_peers_do_not_ask_what_only_the_operator_may(name: str) -> None:
    with pytest.raises(OutOfOrder, match=name):
        heard(greeted(), frame(name, {}))


def test_the_control_socket_needs_no_greeting_and_takes_none() -> None:
    assert heard(Connection(Role.CONTROL), encode(Mine(), 3)) == [Mine()]
    with pytest.raises(OutOfOrder, match="hello"):
        heard(Connection(Role.CONTROL), GREETING)


def test_every_message_is_legal_somewhere() -> None:
    assert set().union(*LEGAL.values()) == set(MESSAGES)
    assert not PEER_MESSAGES & CONTROL_ONLY


def test_a_greeting_is_short() -> None:
    for role, limit in ((Role.PEER, GREETING_BYTES_MAX), (Role.CONTROL, UNKNOWN_BYTES_MAX)):
        with pytest.raises(FrameTooLong, match=str(limit + 1)):
            heard(Connection(role), (limit + 1).to_bytes(4, "big") + b"\x92\xa7unknown")


def test_a_long_frame_is_refused_by_the_limit_of_the_moment() -> None:
    start = (500_000).to_bytes(4, "big") + b"\x92\xa5block"
    assert heard(greeted(), start) == []
    with pytest.raises(FrameTooLong):
        heard(Connection(Role.PEER), start)
    assert heard(Connection(Role.PEER), GREETING + start) == [HELLO]


def test_unknown_types_are_counted_and_passed_over() -> None:
    connection = greeted()
    unknown = encode_frame((b"\x92\xa6future" + b"\xc1" * 100_000)[:UNKNOWN_BYTES_MAX])
    assert heard(connection, unknown + encode(Ping(nonce=1)) + frame("", {})) == [Ping(nonce=1)]
    assert connection.unknown_count == 2


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_what_comes_before_a_fault_counts_however_it_is_split(size: int) -> None:
    data = GREETING + encode(Ping(nonce=1)) + bytes(4)
    connection = Connection(Role.PEER)
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    incoming = (each for piece in pieces for each in connection.receive(piece))
    assert [next(incoming).message for _ in range(2)] == [HELLO, Ping(nonce=1)]
    with pytest.raises(EmptyFrame):
        next(incoming)


def test_what_arrives_is_named_as_soon_as_it_begins() -> None:
    connection = Connection(Role.CONTROL)
    ping = encode(Ping(nonce=1))
    names = [connection.arriving]
    for part in (ping[:5], ping[5:-1], ping[-1:]):
        list(connection.receive(part))
        names.append(connection.arriving)
    assert names == [None, None, "ping", None]
