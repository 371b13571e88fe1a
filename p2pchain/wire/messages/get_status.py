"""`get_status`: asks how the node is."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStatus(Message):
    """Asks how the node is."""

    NAME: ClassVar[str] = "get_status"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
