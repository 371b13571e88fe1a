"""The one thing that a node looks up at once rather than by an action: headers below those that it holds."""

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
class Restored:
    """What a node starts from: the newest connected headers, lowest first, and what is pending, oldest first."""

    recent: tuple[StoredHeader, ...]
    frontier: Frontier  # over all blocks below the first of `recent`
    pending: tuple[Transaction, ...]
    last_event: int
    forgotten: frozenset[bytes] = frozenset()  # txids whose contents the operator had forgotten
