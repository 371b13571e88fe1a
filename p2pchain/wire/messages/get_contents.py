"""`get_contents`: asks for the contents of transactions that stand in blocks without them."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf
from p2pchain.wire.message import Message

TXIDS_MAX = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class GetContents(Message):
    """Asks for the contents of transactions that stand in blocks without them.

    Fields:
        txids: of the transactions.
    """

    NAME: ClassVar[str] = "get_contents"
    BYTES_MAX: ClassVar[int] = 16 * 1024
    FIELDS: ClassVar[Fields] = {
        "txids": ListOf(HASH, TXIDS_MAX),
    }

    txids: tuple[bytes, ...]
