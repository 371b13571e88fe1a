"""`ping`: A sign of life is asked for."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Message):
    """A sign of life is asked for.

    Fields:
        nonce: to be sent back.
    """

    NAME: ClassVar[str] = "ping"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {
        "nonce": Uint(),
    }

    nonce: int
