"""`get_blocks`: asks for bodies by hash."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBlocks(Message):
    """Asks for bodies by hash.

    Fields:
        hashes: of the blocks.
    """

    NAME: ClassVar[str] = "get_blocks"
    BYTES_MAX: ClassVar[int] = 8 * 1024
    FIELDS: ClassVar[Fields] = {
        "hashes": ListOf(HASH, 128),
    }

    hashes: tuple[bytes, ...]
