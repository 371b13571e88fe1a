"""From the body of a frame to a message, by the table of messages: nothing is built that the table does not name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import msgpack

from p2pchain.errors import WireError
from p2pchain.wire.fields import OutOfBounds, Uint, absent
from p2pchain.wire.frame import MalformedEnvelope
from p2pchain.wire.message import Message
from p2pchain.wire.messages import MESSAGES

# A body of an unknown type, and all fields of unknown names in a body of a known one, are passed over up to this.
UNKNOWN_BYTES_MAX = 64 * 1024
FIELDS_MAX = 64

# What one peer tells the next one tells in the same bytes: few of the last messages are many of the next ones.
REMEMBERED_MAX = 64
REMEMBERED_BYTES_MAX = 4 * 1024
TAG = "id"
_TAG = Uint()


class MalformedMsgpack(WireError):
    """A body that is not msgpack, or not one value of it."""

    code = "malformed_msgpack"


class RepeatedField(WireError):
    """A map that holds a key twice: readers could disagree on which counts."""

    code = "repeated_field"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in, with the id of the request that it is or answers."""

    message: Message
    id: int | None


def limit_of(name: str) -> int:
    """Give the most bytes that a body of this name may have."""
    kind = MESSAGES.get(name)
    return kind.BYTES_MAX if kind is not None else UNKNOWN_BYTES_MAX


def decode(kind: type[Message], body: bytes) -> Incoming:
    """Read the body of one kind of message.

    Raises:
        WireError: it is not a message, or one with wrong fields.
    """
    return (_remembered if len(body) <= REMEMBERED_BYTES_MAX else _decode)(kind.NAME, body)


def _decode(name: str, body: bytes) -> Incoming:
    kind = MESSAGES[name]
    # A list, a map or an extension where a plain value belongs is refused at its first byte: it holds 0 at most.
    size = len(body)
    source = msgpack.Unpacker(
        read_size=size, max_buffer_size=size, max_array_len=0, max_map_len=0, max_ext_len=0
    )
    source.feed(body)
    try:
        values, tag = _read(kind, source)
        end = source.tell()
    except (ValueError, msgpack.UnpackException) as error:
        raise MalformedMsgpack("one value of msgpack", str(error)[:80] or type(error).__name__) from error
    if end != size:
        raise MalformedMsgpack("nothing behind the message", f"{size - end} bytes")
    message = kind(**values, **absent(kind.FIELDS, values))
    message.check()
    return Incoming(message, tag)


_remembered = lru_cache(REMEMBERED_MAX)(_decode)


def forget() -> None:
    """Remember none of the messages that were read: what is to be forgotten may stand in them."""
    _remembered.cache_clear()


def _read(kind: type[Message], source: msgpack.Unpacker) -> tuple[dict[str, object], int | None]:
    """Read the fields that are there, and the id, which every message may carry."""
    if source.read_array_header() != 2 or source.unpack() != kind.NAME:
        raise MalformedEnvelope(f"an array of {kind.NAME!r} and a map", "another shape")
    values: dict[str, object] = {}
    tag: int | None = None
    unknown = 0
    for name, start in _names(source):
        if name in kind.FIELDS:
            values[name] = kind.FIELDS[name].read(name, source)
        elif name == TAG:
            tag = _TAG.read(name, source)
        else:
            source.skip()
            unknown += source.tell() - start
        if unknown > UNKNOWN_BYTES_MAX:
            raise OutOfBounds(f"unknown fields of at most {UNKNOWN_BYTES_MAX} bytes", str(unknown))
    return values, tag


def _names(source: msgpack.Unpacker) -> Iterator[tuple[str, int]]:
    """Give the names of a map's fields, each with the place where it begins; their values are read in between."""
    count = source.read_map_header()
    if count > FIELDS_MAX:
        raise OutOfBounds(f"at most {FIELDS_MAX} fields", str(count))
    seen: set[str] = set()
    for _ in range(count):
        start = source.tell()
        name = source.unpack()
        if not isinstance(name, str):
            raise MalformedEnvelope("text as the name of a field", type(name).__name__)
        if name in seen:
            raise RepeatedField("each field once", f"{name[:32]!r} twice")
        seen.add(name)
        yield name, start
