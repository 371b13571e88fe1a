"""`get_block_txs`: asks for the transactions that a compact block lacked."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf, Uint
from p2pchain.wire.message import ContradictoryFields, Message

# More than the 4 MiB of the largest block can hold, at 179 bytes the smallest.
INDEXES_MAX = 25_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBlockTxs(Message):
    """Asks for the transactions that a compact block lacked.

    Fields:
        hash: of the block.
        indexes: of the transactions in it, rising; 0 is the first.
    """

    NAME: ClassVar[str] = "get_block_txs"
    BYTES_MAX: ClassVar[int] = 256 * 1024
    FIELDS: ClassVar[Fields] = {
        "hash": HASH,
        "indexes": ListOf(Uint(INDEXES_MAX), INDEXES_MAX),
    }

    hash: bytes
    indexes: tuple[int, ...]

    def check(self) -> None:
        """See that the indexes rise: one that is asked for again and again would be sent as often.

        Raises:
            ContradictoryFields: they do not.
        """
        if any(index >= following for index, following in pairwise(self.indexes)):
            raise ContradictoryFields("indexes that rise", "others")
