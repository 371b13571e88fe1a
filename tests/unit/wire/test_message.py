"""A message becomes a frame that holds its fields by name, and the id where there is one."""

from dataclasses import FrozenInstanceError

import msgpack
import pytest

from p2pchain.wire.decoding import decode
from p2pchain.wire.message import cut, encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.bye import REASON_MAX, Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.ping import Ping


def unpacked(frame: bytes) -> object:
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    return msgpack.unpackb(frame[4:])


def test_a_frame_is_the_name_and_the_fields() -> None:
    assert encode(Ping(nonce=1)).hex() == "0000000e92a470696e6781a56e6f6e636501"
    assert unpacked(encode(Ping(nonce=1))) == ["ping", {"nonce": 1}]


def test_the_id_is_one_more_field() -> None:
    assert unpacked(encode(Ping(nonce=1), 7)) == ["ping", {"nonce": 1, "id": 7}]
    assert unpacked(encode(Ping(nonce=1), 0)) == ["ping", {"nonce": 1, "id": 0}]


def test_what_is_absent_is_left_out() -> None:
    assert unpacked(encode(GetPending(limit=5))) == ["get_pending", {"limit": 5}]
    assert unpacked(encode(BlockMessage(block=b"b"))) == ["block", {"block": b"b", "missing": False}]


def test_lists_are_tuples_that_cannot_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Ping(nonce=1).nonce = 2  # type: ignore[misc]  # that it is refused is the point


def test_a_message_alone_contradicts_nothing() -> None:
    Ping(nonce=1).check()


def test_text_is_cut_between_letters() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc"
    assert cut("aüü", 4) == "aü"
    assert cut("🌍", 3) == ""


def test_a_reason_always_fits() -> None:
    long = "x" + "ü" * REASON_MAX
    for message in (Bye(code="c", reason=long), ErrorMessage(code="c", reason=long, to="mine")):
        assert message.reason == "x" + "ü" * 255
        assert decode(type(message), encode(message)[4:]).message == message
