"""`ban`: cut a host off for a time."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BanHost(Message):
    """Cut a host off for a time.

    Fields:
        host: an IP address.
        seconds: how long.
    """

    NAME: ClassVar[str] = "ban"
    BYTES_MAX: ClassVar[int] = 256
    FIELDS: ClassVar[Fields] = {
        "host": Text(64),
        "seconds": Uint(366 * 24 * 3600),
    }

    host: str
    seconds: int
