"""`event`: A numbered event."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Bytes, Fields, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMessage(Message):
    """A numbered event.

    Fields:
        number: one more than that of the event before.
        kind: connected, undone, accepted or evicted.
        data: msgpack.
    """

    NAME: ClassVar[str] = "event"
    BYTES_MAX: ClassVar[int] = 128 * 1024
    FIELDS: ClassVar[Fields] = {
        "number": Uint(),
        "kind": Text(16),
        "data": Bytes(96 * 1024),
    }

    number: int
    kind: str
    data: bytes
