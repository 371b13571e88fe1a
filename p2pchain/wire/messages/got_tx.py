"""`got_tx`: what became of each transaction of a new_tx, in order."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf, Text
from p2pchain.wire.message import ContradictoryFields, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GotTx(Message):
    """What became of each transaction of a new_tx, in order.

    Fields:
        txids: zeroes where there is no telling.
        codes: accepted, known, or why not.
    """

    NAME: ClassVar[str] = "got_tx"
    BYTES_MAX: ClassVar[int] = 128 * 1024
    FIELDS: ClassVar[Fields] = {
        "txids": ListOf(HASH, 1_000),
        "codes": ListOf(Text(64), 1_000),
    }

    txids: tuple[bytes, ...]
    codes: tuple[str, ...]

    def check(self) -> None:
        """Allow a code for each txid."""
        if len(self.txids) != len(self.codes):
            raise ContradictoryFields(f"{len(self.txids)} codes, one a txid", str(len(self.codes)))
