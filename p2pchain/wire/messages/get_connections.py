"""`get_connections`: asks for the connections to peers."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConnections(Message):
    """Asks for the connections to peers."""

    NAME: ClassVar[str] = "get_connections"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
