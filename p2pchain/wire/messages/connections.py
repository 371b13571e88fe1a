"""`connections`: the connections to peers."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, ListOf, Row, Text, Uint
from p2pchain.wire.message import Message

# A host's name has up to 253 bytes, and stands before a port.
ADDRESS_MAX = 300

# What happened last at an address, for people: a goodbye with its reason fits.
WHY_MAX = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections(Message):
    """The connections to peers.

    Fields:
        connections: address, direction, state, agent, height, since (ms), ping (ms), bytes in, bytes out.
        waiting: addresses that the operator named and that are not connected, each with what happened last.
    """

    NAME: ClassVar[str] = "connections"
    BYTES_MAX: ClassVar[int] = 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "connections": ListOf(
            Row((Text(ADDRESS_MAX), Text(16), Text(16), Text(64), Uint(), Uint(), Uint(), Uint(), Uint())),
            1_000,
        ),
        "waiting": ListOf(Row((Text(ADDRESS_MAX), Text(WHY_MAX))), 500),
    }

    connections: tuple[tuple[str, str, str, str, int, int, int, int, int], ...]
    waiting: tuple[tuple[str, str], ...]
