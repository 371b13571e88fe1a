"""`bans`: who is kept out."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, ListOf, Row, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BansMessage(Message):
    """Who is kept out.

    Fields:
        bans: host, until when (ms since 1970), why.
        discouraged: hosts that are let in only while there is room.
    """

    NAME: ClassVar[str] = "bans"
    BYTES_MAX: ClassVar[int] = 2 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "bans": ListOf(Row((Text(64), Uint(), Text(64))), 10_000),
        "discouraged": Uint(2**32 - 1),
    }

    bans: tuple[tuple[str, int, str], ...]
    discouraged: int
