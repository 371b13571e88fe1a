"""`mine`: asks for one block to be mined."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine(Message):
    """Asks for one block to be mined."""

    NAME: ClassVar[str] = "mine"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
