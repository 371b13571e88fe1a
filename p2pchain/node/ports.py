"""What a node has of its disk: what it starts from, and headers below those that it holds, looked up at once."""

from dataclasses import dataclass
from typing import Protocol

from p2pchain.chain.header import Header
from p2pchain.chain.history import Frontier
from p2pchain.chain.transaction import Transaction


@dataclass(frozen=True, slots=True)
class StoredHeader:
    """A header on disk. `work` is its chain's, itself included; `chain_time` the retarget clock's, in ms."""

    header: Header
    work: int
    chain_time: int
    connected: bool


class HeaderStore(Protocol):
    """Headers of blocks on disk, and the shape of the chain that is connected."""

    def by_hash(self, block_hash: bytes) -> StoredHeader | None:
        """Find a block that is on disk, connected or not."""

    def at_height(self, height: int) -> StoredHeader | None:
        """Find the connected block of a height."""

    def encoded(self, start: int, count: int) -> list[bytes]:
        """Read headers of connected blocks, from a height upwards, 92 bytes each."""

    def frontier(self, size: int) -> Frontier:
        """Give the history tree over the connected blocks 0 to size - 1."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A numbered event: `kind` is connected, undone, accepted or evicted; `data` is msgpack.

    connected and undone: {height, hash}; accepted: {txids}; evicted: {txid, reason}.
    """

    number: int
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredPending:
    """A pending transaction on disk. Places rise in the order in which blocks should take them."""

    place: int
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Returned:
    """What a reorganisation made pending again, on disk: how many in all, and the first of them, one slice.

    They are the transactions of the reverted blocks that the new chain does not hold, in the order in which they stood,
    before all that is pending already.
    """

    count: int = 0
    first: tuple[StoredPending, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What a node starts from: the newest connected headers, lowest first, and the oldest of what is pending, in order.

    `pending_count` is how many are pending in all: what does not fit into the mempool waits on disk.
    """

    recent: tuple[StoredHeader, ...]
    frontier: Frontier  # over all blocks below the first of `recent`
    pending: tuple[StoredPending, ...]
    pending_count: int
    last_event: int
    forgotten: frozenset[bytes] = frozenset()  # txids whose contents the operator had forgotten
