"""`get_chain`: asks what follows the newest locator hash on the receiver's chain."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Choice, Fields, ListOf, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChain(Message):
    """Asks what follows the newest locator hash on the receiver's chain.

    Fields:
        locator: hashes, newest first.
        what: headers or whole blocks.
        limit: at most so many.
    """

    NAME: ClassVar[str] = "get_chain"
    BYTES_MAX: ClassVar[int] = 4096
    FIELDS: ClassVar[Fields] = {
        "locator": ListOf(HASH, 64),
        "what": Choice(("headers", "blocks")),
        "limit": Uint(2_000),
    }

    locator: tuple[bytes, ...]
    what: str
    limit: int
