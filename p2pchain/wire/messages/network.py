"""`network`: the network's file."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMessage(Message):
    """The network's file.

    Fields:
        toml: its text.
    """

    NAME: ClassVar[str] = "network"
    BYTES_MAX: ClassVar[int] = 8192
    FIELDS: ClassVar[Fields] = {
        "toml": Text(8000),
    }

    toml: str
