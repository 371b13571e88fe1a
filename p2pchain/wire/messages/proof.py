"""`proof`: the way from a record to the header of its block, and from there to that of a later one."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, ListOf, Optional, Uint
from p2pchain.wire.message import ContradictoryFields, Message

# A block has fewer than 2^15 records, for the largest is 4 MiB; a chain has at most 2^32 blocks.
BLOCK_PATH_MAX = 15
HISTORY_PATH_MAX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofMessage(Message):
    """The way from a record to the header of its block, and from there to that of a later one.

    Fields:
        record: the record's head.
        index: its place among the leaves of its block's Merkle tree.
        path: from it to the root of that tree.
        header: of its block.
        coinbase: of its block.
        coinbase_path: from that coinbase to the root of the same tree.
        later_header: of the block that was asked for.
        later_coinbase: of that block.
        later_path: from that coinbase to the Merkle root of that block.
        history_path: from the record's block to the history root in that coinbase.
    """

    NAME: ClassVar[str] = "proof"
    BYTES_MAX: ClassVar[int] = 4096
    FIELDS: ClassVar[Fields] = {
        "record": Bytes(247, 152),
        "index": Uint(2**BLOCK_PATH_MAX - 1),
        "path": ListOf(HASH, BLOCK_PATH_MAX),
        "header": Bytes(92, 92),
        "coinbase": Bytes(128, 96),
        "coinbase_path": ListOf(HASH, BLOCK_PATH_MAX),
        "later_header": Optional(Bytes(92, 92)),
        "later_coinbase": Optional(Bytes(128, 96)),
        "later_path": Optional(ListOf(HASH, BLOCK_PATH_MAX)),
        "history_path": Optional(ListOf(HASH, HISTORY_PATH_MAX)),
    }

    record: bytes
    index: int
    path: tuple[bytes, ...]
    header: bytes
    coinbase: bytes
    coinbase_path: tuple[bytes, ...]
    later_header: bytes | None = None
    later_coinbase: bytes | None = None
    later_path: tuple[bytes, ...] | None = None
    history_path: tuple[bytes, ...] | None = None

    def check(self) -> None:
        """Allow the later block's four parts together, or none of them: the record's block is the head itself."""
        later = (self.later_header, self.later_coinbase, self.later_path, self.history_path)
        there = sum(part is not None for part in later)
        if 0 < there < len(later):
            raise ContradictoryFields("all four parts of a later block, or none", f"{there} of them")
