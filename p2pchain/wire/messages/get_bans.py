"""`get_bans`: asks who is kept out."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBans(Message):
    """Asks who is kept out."""

    NAME: ClassVar[str] = "get_bans"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
