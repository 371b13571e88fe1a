"""`unban`: let a host in again."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbanHost(Message):
    """Let a host in again.

    Fields:
        host: an IP address.
    """

    NAME: ClassVar[str] = "unban"
    BYTES_MAX: ClassVar[int] = 256
    FIELDS: ClassVar[Fields] = {
        "host": Text(64),
    }

    host: str
