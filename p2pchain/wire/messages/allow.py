"""`allow`: let a host in again."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Message):
    """Let a host in again.

    Fields:
        address: an IP address.
    """

    NAME: ClassVar[str] = "allow"
    BYTES_MAX: ClassVar[int] = 512
    FIELDS: ClassVar[Fields] = {
        "address": Text(256),
    }

    address: str
