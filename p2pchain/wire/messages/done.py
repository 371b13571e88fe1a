"""`done`: what was asked is done."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Message):
    """What was asked is done."""

    NAME: ClassVar[str] = "done"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
