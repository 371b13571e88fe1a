"""`remove_peer`: dial an address no more."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePeer(Message):
    """Dial an address no more, and drop its connection.

    Fields:
        address: HOST:PORT.
    """

    NAME: ClassVar[str] = "remove_peer"
    BYTES_MAX: ClassVar[int] = 512
    FIELDS: ClassVar[Fields] = {
        "address": Text(256),
    }

    address: str
