"""`hello`: the greeting, first from both sides."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """The greeting, first from both sides.

    Fields:
        protocol: the version of the protocol, 1.
        network: the id of the network.
        agent: the program, for people.
        node: a number new at each start.
        listen: the TCP port, or 0 for a client that is no node.
        height: of its tip.
        tip: the hash of its tip.
        work: of its whole chain, big-endian.
        time: its clock, in ms since 1970.
    """

    NAME: ClassVar[str] = "hello"
    BYTES_MAX: ClassVar[int] = 1024
    FIELDS: ClassVar[Fields] = {
        "protocol": Uint(2**16),
        "network": HASH,
        "agent": Text(64),
        "node": Bytes(16, 16),
        "listen": Uint(65535),
        "height": Uint(2**32 - 1),
        "tip": HASH,
        "work": HASH,
        "time": Uint(),
    }

    protocol: int
    network: bytes
    agent: str
    node: bytes
    listen: int
    height: int
    tip: bytes
    work: bytes
    time: int
