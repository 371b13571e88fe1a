"""`pending`: what is pending, in the order in which it came."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Bytes, Fields, ListOf, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMessage(Message):
    """What is pending, in the order in which it came.

    Fields:
        transactions: encoded.
        total: how many there are in all.
    """

    NAME: ClassVar[str] = "pending"
    BYTES_MAX: ClassVar[int] = 4 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "transactions": ListOf(Bytes(2 * 1024 * 1024), 1_000),
        "total": Uint(),
    }

    transactions: tuple[bytes, ...]
    total: int
