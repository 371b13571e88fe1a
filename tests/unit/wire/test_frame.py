"""Frames are cut from a stream split anyhow, and refused before they are held."""

from collections.abc import Iterator

import pytest

from p2pchain.errors import WireError
from p2pchain.wire.frame import (
    FRAME_MAX,
    EmptyFrame,
    FrameDecoder,
    FrameTooLong,
    MalformedEnvelope,
    encode_frame,
    name_of,
)

LIMITS = {"ping": 16, "block": FRAME_MAX}
PING = b"\x92\xa4ping\x80"
LONG = b"\x92\xa5block" + bytes(9_000)


def decoder() -> FrameDecoder:
    return FrameDecoder(lambda name: LIMITS.get(name, 64))


def bodies(cutter: FrameDecoder) -> list[bytes]:
    found: list[bytes] = []
    while (body := cutter.next()) is not None:
        found.append(body)
    return found


def fed(data: bytes) -> list[bytes]:
    cutter = decoder()
    cutter.feed(data)
    return bodies(cutter)


def test_a_frame_is_a_length_and_a_body() -> None:
    assert encode_frame(PING) == b"\0\0\0\x07" + PING
    assert fed(encode_frame(PING)) == [PING]


def pieces(stream: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(stream), size):
        yield stream[start : start + size]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, 9_000, 10**6])
def test_any_split_gives_the_same_bodies(size: int) -> None:
    wanted = [PING, LONG, PING, PING, b"\x92\xa1x\x80", LONG]
    cutter = decoder()
    found: list[bytes] = []
    for piece in pieces(b"".join(map(encode_frame, wanted)), size):
        cutter.feed(piece)
        found += bodies(cutter)
    assert found == wanted
    assert cutter.buffered == 0


def test_what_was_given_is_let_go_of() -> None:
    cutter = decoder()
    cutter.feed(encode_frame(LONG) + encode_frame(PING)[:5])
    assert bodies(cutter) == [LONG]
    assert cutter.buffered == 1


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(EmptyFrame):
        fed(bytes(4))


@pytest.mark.parametrize("size", [FRAME_MAX + 1, 2**31, 2**32 - 1])
def test_no_frame_is_longer_than_the_longest_message(size: int) -> None:
    with pytest.raises(FrameTooLong, match=str(size)) as caught:
        fed(size.to_bytes(4, "big"))
    assert caught.value.ban_seconds == 600


@pytest.mark.parametrize(
    ("size", "name"), [(17, b"\xa4ping"), (65, b"\xa4pong"), (65, b"\xa0"), (17, b"\xd9\4ping")]
)
def test_a_frame_over_its_messages_limit_is_refused_at_its_name(size: int, name: bytes) -> None:
    cutter = decoder()
    cutter.feed(size.to_bytes(4, "big") + b"\x92" + name[:-1])
    if len(name) > 1:
        assert cutter.next() is None
    cutter.feed(name[-1:])
    with pytest.raises(FrameTooLong, match=str(size)):
        cutter.next()


@pytest.mark.parametrize(("name", "limit"), [(b"\xa4ping", 16), (b"\xa4pong", 64)])
def test_a_frame_at_its_limit_is_taken(name: bytes, limit: int) -> None:
    body = (b"\x92" + name).ljust(limit, b"\0")
    assert fed(encode_frame(body)) == [body]


def test_the_limit_is_asked_once_a_frame() -> None:
    asked: list[str] = []

    def limit_of(name: str) -> int:
        asked.append(name)
        return 64

    cutter = FrameDecoder(limit_of)
    for byte in encode_frame(PING) * 2:
        cutter.feed(bytes([byte]))
        bodies(cutter)
    assert asked == ["ping", "ping"]


NAMES = {
    b"\x92\xa4ping": "ping",
    b"\x92\xa4pingtail": "ping",
    b"\x92\xa0": "",
    b"\x92\xbf" + b"x" * 31: "x" * 31,
    b"\x92\xd9\x04ping": "ping",
    b"\x92\xd9\x1f" + b"x" * 31: "x" * 31,
}
TOO_SHORT = (b"", b"\x92", b"\x92\xa4", b"\x92\xa4pin", b"\x92\xd9", b"\x92\xd9\x04", b"\x92\xd9\x04pin")
NO_NAMES = {
    "an array of one": b"\x91\xa4ping",
    "an array of three": b"\x93\xa4ping",
    "a long array of two": b"\xdc\0\2\xa4ping",
    "a map": b"\x82\xa4ping",
    "a number": b"\x92\x01",
    "bytes": b"\x92\xc4\x04ping",
    "a long name": b"\x92\xd9\x20" + b"x" * 32,
    "a name with 16 bits of length": b"\x92\xda\0\4ping",
    "a name with 32 bits of length": b"\x92\xdb\0\0\0\4ping",
    "no ASCII": b"\x92\xa2\xc3\xbc",
    "no UTF-8": b"\x92\xa1\xff",
}


@pytest.mark.parametrize(("body", "name"), NAMES.items())
def test_the_name_is_read_from_the_first_bytes(body: bytes, name: str) -> None:
    assert name_of(body) == name
    assert name_of(bytearray(body)) == name


@pytest.mark.parametrize("body", TOO_SHORT)
def test_too_few_bytes_tell_no_name(body: bytes) -> None:
    assert name_of(body) is None


@pytest.mark.parametrize("body", NO_NAMES.values(), ids=NO_NAMES)
def test_what_does_not_begin_with_a_name_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        name_of(body)
    with pytest.raises(MalformedEnvelope):
        fed(encode_frame(body))


@pytest.mark.parametrize("body", TOO_SHORT[1:])
def test_a_body_that_ends_before_its_name_is_refused(body: bytes) -> None:
    for tail in (b"", encode_frame(PING)):
        with pytest.raises(MalformedEnvelope, match=f"{len(body)} bytes"):
            fed(encode_frame(body) + tail)


def test_every_fault_of_a_frame_is_one_of_the_wires() -> None:
    assert all(issubclass(error, WireError) for error in (EmptyFrame, FrameTooLong, MalformedEnvelope))


def test_a_long_frame_that_comes_slowly_holds_no_more_than_it_says() -> None:
    cutter = decoder()
    cutter.feed((len(LONG)).to_bytes(4, "big"))
    for count, piece in enumerate(pieces(LONG[:-1], 1_000), start=1):
        cutter.feed(piece)
        assert cutter.next() is None
        assert cutter.buffered <= count * 1_000
    cutter.feed(LONG[-1:])
    assert bodies(cutter) == [LONG]
