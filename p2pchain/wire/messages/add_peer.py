"""`add_peer`: dial an address from now on."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPeer(Message):
    """Dial an address from now on.

    Fields:
        address: HOST:PORT.
    """

    NAME: ClassVar[str] = "add_peer"
    BYTES_MAX: ClassVar[int] = 512
    FIELDS: ClassVar[Fields] = {
        "address": Text(256),
    }

    address: str
