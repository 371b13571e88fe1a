"""`get_peers`: asks for addresses of nodes."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPeers(Message):
    """Asks for addresses of nodes."""

    NAME: ClassVar[str] = "get_peers"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
