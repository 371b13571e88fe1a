"""`pong`: the answer to a ping."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong(Message):
    """The answer to a ping.

    Fields:
        nonce: the ping's.
    """

    NAME: ClassVar[str] = "pong"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {
        "nonce": Uint(),
    }

    nonce: int
