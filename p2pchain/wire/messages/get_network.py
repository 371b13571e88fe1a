"""`get_network`: asks for the network's file."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetNetwork(Message):
    """Asks for the network's file."""

    NAME: ClassVar[str] = "get_network"
    BYTES_MAX: ClassVar[int] = 64
    FIELDS: ClassVar[Fields] = {}
