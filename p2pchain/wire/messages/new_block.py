"""`new_block`: a new tip: a whole block, its compact form, or its header to a peer that is further behind."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Bytes, Fields, ListOf, Optional
from p2pchain.wire.message import ContradictoryFields, Message
from p2pchain.wire.messages.get_block_txs import INDEXES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBlock(Message):
    """A new tip: a whole block, its compact form, or its header to a peer that is further behind.

    Fields:
        block: the encoded block.
        header: the header, alone or with the rest of the compact form.
        coinbase: of the compact form.
        short_ids: one for each transaction, in order.
    """

    NAME: ClassVar[str] = "new_block"
    BYTES_MAX: ClassVar[int] = 8 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "block": Optional(Bytes(8 * 1024 * 1024)),
        "header": Optional(Bytes(92, 92)),
        "coinbase": Optional(Bytes(128, 96)),
        "short_ids": Optional(ListOf(Bytes(6, 6), INDEXES_MAX)),
    }

    block: bytes | None = None
    header: bytes | None = None
    coinbase: bytes | None = None
    short_ids: tuple[bytes, ...] | None = None

    def check(self) -> None:
        """Allow a block alone, a header alone, or the three parts of the compact form."""
        there = set(self.values())
        if there not in ({"block"}, {"header"}, {"header", "coinbase", "short_ids"}):
            expected = "block, or header, or header, coinbase and short_ids"
            raise ContradictoryFields(expected, ", ".join(sorted(there)) or "none")
