"""`block`: one body, or word that it is missing."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, Flag, Optional
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMessage(Message):
    """One body, or word that it is missing.

    Fields:
        block: the encoded block.
        hash: which one is missing.
        missing: whether it is.
    """

    NAME: ClassVar[str] = "block"
    BYTES_MAX: ClassVar[int] = 8 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "block": Optional(Bytes(8 * 1024 * 1024)),
        "hash": Optional(HASH),
        "missing": Optional(Flag(), absent=False),
    }

    block: bytes | None = None
    hash: bytes | None = None
    missing: bool = False
