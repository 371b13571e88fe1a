"""`forget`: has the node forget the contents of transactions, for good."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, ListOf
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(Message):
    """Has the node forget the contents of transactions, for good.

    Fields:
        txids: of the transactions, whether their contents are here or not.
    """

    NAME: ClassVar[str] = "forget"
    BYTES_MAX: ClassVar[int] = 64 * 1024
    FIELDS: ClassVar[Fields] = {
        "txids": ListOf(HASH, 1_000),
    }

    txids: tuple[bytes, ...]
