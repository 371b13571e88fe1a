"""`contents`: the contents of transactions, where they are at hand."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Bytes, Fields, ListOf, Optional, Uint
from p2pchain.wire.message import Message
from p2pchain.wire.messages.get_contents import TXIDS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents(Message):
    """The contents of transactions, where they are at hand.

    Fields:
        contents: salt and payload, or nil, in the order of the question; as many as fit.
        forgotten: which of them, by their places, the sender's operator had it forget; None where it does not say.
    """

    NAME: ClassVar[str] = "contents"
    BYTES_MAX: ClassVar[int] = 4 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "contents": ListOf(Bytes(1024 * 1024, nil=True), TXIDS_MAX),
        "forgotten": Optional(ListOf(Uint(TXIDS_MAX - 1), TXIDS_MAX)),
    }

    contents: tuple[bytes | None, ...]
    forgotten: tuple[int, ...] | None = None
