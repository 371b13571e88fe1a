"""The history tree: a Merkle tree (RFC 6962) over the hashes of all blocks, which only ever grows.

Every block commits to the root over all blocks below it, so any block proves any earlier one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from p2pchain.chain.merkle import EMPTY_ROOT, leaf_hash, node_hash

# Complete subtrees of 2^8 leaves and more are kept on disk; smaller ones are recomputed from headers.
KEPT_LEVEL_MIN = 8
ROOTS_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Frontier:
    """The complete subtrees of a tree, largest first, in place of all its leaves: as many as `size` has one bits."""

    size: int
    peaks: tuple[bytes, ...]

    def append(self, block_hash: bytes) -> "Frontier":
        """Give the tree with one more leaf. Amortised one hash."""
        node = leaf_hash(block_hash)
        kept = len(self.peaks)
        size = self.size
        while size & 1:
            kept -= 1
            node = node_hash(self.peaks[kept], node)
            size >>= 1
        return Frontier(self.size + 1, (*self.peaks[:kept], node))

    def root(self) -> bytes:
        """Give the root over all leaves."""
        return _root_over(self.peaks)


EMPTY = Frontier(0, ())


@lru_cache(ROOTS_REMEMBERED)
def _root_over(peaks: tuple[bytes, ...]) -> bytes:
    """Fold peaks. Those below the tip are folded for its check, and for each template on it."""
    if not peaks:
        return EMPTY_ROOT
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


def completed_subtrees(before: Frontier, block_hash: bytes) -> Iterator[tuple[int, int, bytes]]:
    """List the complete subtrees worth keeping that one more leaf completes: (level, index in the level, hash)."""
    node = leaf_hash(block_hash)
    size, level, kept = before.size, 0, len(before.peaks)
    while size & 1:
        kept -= 1
        node = node_hash(before.peaks[kept], node)
        size >>= 1
        level += 1
        if level >= KEPT_LEVEL_MIN:
            yield level, size, node
