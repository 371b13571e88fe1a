"""`get_tx`: asks for transactions that the receiver named."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf
from p2pchain.wire.message import Message
from p2pchain.wire.messages.have_tx import TXIDS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTx(Message):
    """Asks for transactions that the receiver named.

    Fields:
        txids: of the transactions.
    """

    NAME: ClassVar[str] = "get_tx"
    BYTES_MAX: ClassVar[int] = 48 * 1024
    FIELDS: ClassVar[Fields] = {
        "txids": ListOf(HASH, TXIDS_MAX),
    }

    txids: tuple[bytes, ...]
