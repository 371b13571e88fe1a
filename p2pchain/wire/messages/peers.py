"""`peers`: addresses of nodes."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, ListOf, Row, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PeersMessage(Message):
    """Addresses of nodes.

    Fields:
        addresses: host and port.
    """

    NAME: ClassVar[str] = "peers"
    BYTES_MAX: ClassVar[int] = 16 * 1024
    FIELDS: ClassVar[Fields] = {
        "addresses": ListOf(Row((Text(64), Uint(65535))), 100),
    }

    addresses: tuple[tuple[str, int], ...]
