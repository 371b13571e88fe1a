"""From the body of a frame to a message, by the table of messages."""

from dataclasses import dataclass

import msgpack

from p2pchain.errors import WireError
from p2pchain.wire.fields import Uint, read_fields
from p2pchain.wire.frame import MalformedEnvelope
from p2pchain.wire.message import Message
from p2pchain.wire.messages import MESSAGES

UNKNOWN_BYTES_MAX = 64 * 1024
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
    try:
        envelope = msgpack.unpackb(
            body, object_pairs_hook=_unique, strict_map_key=True, max_ext_len=0, max_map_len=1024
        )
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise MalformedMsgpack("one value of msgpack", str(error)[:80] or type(error).__name__) from error
    if not (isinstance(envelope, list) and len(envelope) == 2 and isinstance(envelope[1], dict)):
        raise MalformedEnvelope("an array of a name and a map", "another shape")
    name, values = envelope
    if name != kind.NAME:
        raise MalformedEnvelope(kind.NAME, repr(name)[:40])
    tag = _TAG.read("id", values["id"]) if "id" in values else None
    return Incoming(kind(**read_fields(kind.FIELDS, values)), tag)


def _unique(pairs: list[tuple[object, object]]) -> dict[object, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedField("each field once", "one twice")
    return found
