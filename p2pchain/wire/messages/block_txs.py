"""`block_txs`: transactions of one block, for who has the rest of it."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, ListOf
from p2pchain.wire.message import Message
from p2pchain.wire.messages.get_block_txs import INDEXES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTxs(Message):
    """Transactions of one block, for who has the rest of it.

    Fields:
        hash: of the block.
        transactions: encoded, in the order asked; none where the block is not at hand.
    """

    NAME: ClassVar[str] = "block_txs"
    BYTES_MAX: ClassVar[int] = 8 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "hash": HASH,
        "transactions": ListOf(Bytes(2 * 1024 * 1024), INDEXES_MAX),
    }

    hash: bytes
    transactions: tuple[bytes, ...]
