"""`subscribe`: asks for the numbered events after one."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe(Message):
    """Asks for the numbered events after one.

    Fields:
        since: the number of the last one seen, or 0.
    """

    NAME: ClassVar[str] = "subscribe"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {
        "since": Uint(),
    }

    since: int
