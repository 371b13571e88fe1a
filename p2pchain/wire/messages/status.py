"""`status`: how the node is."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Bytes, Fields, Optional, Text, Uint
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Message):
    """How the node is.

    Fields:
        agent: the program.
        protocol: the version of the protocol.
        network: the id of the network.
        name: the name of the network.
        node: its number since this start.
        listen: where it listens.
        height: of its tip.
        tip: the hash of its tip.
        work: of its whole chain.
        best_header: the height of the best header it knows.
        goal: the height that it is on the way to: that, or what half of its peers at least say, where that is more.
        blocks_per_minute: connected, over the last ten seconds.
        time_left: until it is there at that rate, in ms; none where it is there, or does not move.
        peers: nodes it is connected to.
        pending: transactions.
        pending_on_disk: how many of them wait on disk, for want of room in memory.
        pending_bytes: the size of the others.
        mining: off, auto or always.
        hash_rate: hashes a second.
        last_event: the newest event's number.
        store: ok, or the code of what is wrong with its disk.
        started: ms since 1970.
        time: its clock, in ms since 1970.
        peers_time: what the median of its peers' clocks shows.
        lacking: blocks for whose contents a better chain waits.
    """

    NAME: ClassVar[str] = "status"
    BYTES_MAX: ClassVar[int] = 2048
    FIELDS: ClassVar[Fields] = {
        "agent": Text(64),
        "protocol": Uint(2**16),
        "network": HASH,
        "name": Text(64),
        "node": Bytes(16, 16),
        "listen": Text(128),
        "height": Uint(2**32 - 1),
        "tip": HASH,
        "work": HASH,
        "best_header": Uint(2**32 - 1),
        "goal": Uint(2**32 - 1),
        "blocks_per_minute": Uint(),
        "time_left": Optional(Uint()),
        "peers": Uint(2**32 - 1),
        "pending": Uint(),
        "pending_on_disk": Uint(),
        "pending_bytes": Uint(),
        "mining": Text(16),
        "hash_rate": Uint(),
        "last_event": Uint(),
        "store": Text(32),
        "started": Uint(),
        "time": Uint(),
        "peers_time": Uint(),
        "lacking": Optional(Uint(2**32 - 1), absent=0),
    }

    agent: str
    protocol: int
    network: bytes
    name: str
    node: bytes
    listen: str
    height: int
    tip: bytes
    work: bytes
    best_header: int
    goal: int
    blocks_per_minute: int
    time_left: int | None = None
    peers: int
    pending: int
    pending_on_disk: int
    pending_bytes: int
    mining: str
    hash_rate: int
    last_event: int
    store: str
    started: int
    time: int
    peers_time: int
    lacking: int = 0
