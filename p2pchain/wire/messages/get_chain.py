"""`get_chain`: asks what follows the newest locator hash on the receiver's chain, or what stands from a height on."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Choice, Fields, ListOf, Optional, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChain(Message):
    """Asks what follows the newest locator hash on the receiver's chain, or what stands from a height on.

    Fields:
        locator: hashes, newest first.
        what: headers or whole blocks.
        limit: at most so many.
        start: the height to begin at, whatever the locator says.
    """

    NAME: ClassVar[str] = "get_chain"
    BYTES_MAX: ClassVar[int] = 4096
    FIELDS: ClassVar[Fields] = {
        "locator": ListOf(HASH, 64),
        "what": Choice(("headers", "blocks")),
        "limit": Uint(2_000),
        "start": Optional(Uint(2**32 - 1)),
    }

    locator: tuple[bytes, ...]
    what: str
    limit: int
    start: int | None = None
