"""`mined`: there is a new block."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined(Message):
    """There is a new block.

    Fields:
        height: its height.
        hash: its hash.
    """

    NAME: ClassVar[str] = "mined"
    BYTES_MAX: ClassVar[int] = 256
    FIELDS: ClassVar[Fields] = {
        "height": Uint(2**32 - 1),
        "hash": HASH,
    }

    height: int
    hash: bytes
