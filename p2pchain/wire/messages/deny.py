"""`deny`: cut a host off."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny(Message):
    """Cut a host off.

    Fields:
        address: an IP address.
    """

    NAME: ClassVar[str] = "deny"
    BYTES_MAX: ClassVar[int] = 512
    FIELDS: ClassVar[Fields] = {
        "address": Text(256),
    }

    address: str
