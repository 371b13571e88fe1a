"""`get_pending`: asks what is pending."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, Optional, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPending(Message):
    """Asks what is pending.

    Fields:
        after: the txid after which to go on.
        limit: at most so many.
    """

    NAME: ClassVar[str] = "get_pending"
    BYTES_MAX: ClassVar[int] = 128
    FIELDS: ClassVar[Fields] = {
        "after": Optional(HASH),
        "limit": Uint(1_000),
    }

    after: bytes | None = None
    limit: int
