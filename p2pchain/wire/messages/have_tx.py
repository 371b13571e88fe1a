"""`have_tx`: names transactions that the sender has pending, for who wants them."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf
from p2pchain.wire.message import Message

TXIDS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveTx(Message):
    """Names transactions that the sender has pending, for who wants them.

    Fields:
        txids: in the order in which they came.
    """

    NAME: ClassVar[str] = "have_tx"
    BYTES_MAX: ClassVar[int] = 48 * 1024
    FIELDS: ClassVar[Fields] = {
        "txids": ListOf(HASH, TXIDS_MAX),
    }

    txids: tuple[bytes, ...]
