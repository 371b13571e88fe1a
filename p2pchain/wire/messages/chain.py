"""`chain`: the answer to get_chain."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Choice, Fields, ListOf, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Message):
    """The answer to get_chain.

    Fields:
        what: what the items are.
        start: the height of the first item.
        items: headers of 92 bytes, or encoded blocks.
        height: of the sender's tip.
        tip: the hash of the sender's tip.
    """

    NAME: ClassVar[str] = "chain"
    BYTES_MAX: ClassVar[int] = 8 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "what": Choice(("headers", "blocks")),
        "start": Uint(2**32 - 1),
        "items": ListOf(Bytes(8 * 1024 * 1024), 2_000),
        "height": Uint(2**32 - 1),
        "tip": HASH,
    }

    what: str
    start: int
    items: tuple[bytes, ...]
    height: int
    tip: bytes
