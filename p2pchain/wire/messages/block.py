"""`block`: one body, or word that it is missing."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, Flag, Optional
from p2pchain.wire.message import ContradictoryFields, Message


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

    def check(self) -> None:
        """Allow a block alone, or a hash that is said to be missing."""
        there = {name for name in self.FIELDS if getattr(self, name)}
        if there not in ({"block"}, {"hash", "missing"}):
            raise ContradictoryFields("block, or hash and missing", ", ".join(sorted(there)) or "neither")
