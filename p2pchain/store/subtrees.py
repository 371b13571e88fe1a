"""Complete subtrees of the history tree on disk: two hashes for every 512 blocks, so that a start reads few headers."""

from typing import cast

import apsw

from p2pchain.chain.header import hash_of
from p2pchain.chain.history import EMPTY, KEPT_LEVEL_MIN, Frontier
from p2pchain.chain.merkle import node_hash
from p2pchain.chain.proof import split_of
from p2pchain.store import bodies
from p2pchain.store.faults import ContradictionFound

LEAVES = 1 << KEPT_LEVEL_MIN


def insert(connection: apsw.Connection, height: int, block_hash: bytes) -> None:
    """Enter the subtrees that the block of a height completes; the blocks below it are connected already."""
    if (height + 1) % LEAVES:
        return
    level, position, node = (
        KEPT_LEVEL_MIN,
        height >> KEPT_LEVEL_MIN,
        _smallest(connection, height, block_hash),
    )
    while True:
        connection.execute(
            "INSERT INTO subtree (level, position, hash) VALUES (?, ?, ?)", (level, position, node)
        )
        if not position & 1:
            return
        node = node_hash(kept(connection, level, position - 1), node)
        level, position = level + 1, position >> 1


def remove(connection: apsw.Connection, height: int) -> None:
    """Take out the subtrees that end with the block of a height."""
    level = KEPT_LEVEL_MIN
    while (height + 1) % (1 << level) == 0:
        connection.execute("DELETE FROM subtree WHERE level = ? AND position = ?", (level, height >> level))
        level += 1


def frontier(connection: apsw.Connection, size: int, start: int = 0) -> Frontier:
    """Give the history tree over `size` connected blocks: large subtrees from disk, the rest recomputed.

    They begin with the block of height `start`, a multiple of every complete subtree's size.
    """
    peaks: list[bytes] = []
    covered = 0
    for level in range(size.bit_length() - 1, KEPT_LEVEL_MIN - 1, -1):
        if size >> level & 1:
            peaks.append(kept(connection, level, start + covered >> level))
            covered += 1 << level
    return _grown(connection, Frontier(covered, tuple(peaks)), size, start + covered)


def inclusion_path(connection: apsw.Connection, size: int, height: int) -> list[bytes]:
    """Give the hashes beside the way from a block to the root over the first `size` connected blocks, lowest first.

    Reads the stored subtrees beside the way, and fewer than 256 headers at each of its ends.
    """
    path: list[bytes] = []
    start = 0
    while size > 1:
        split = split_of(size)
        middle = start + split
        if height < middle:
            path.append(frontier(connection, size - split, middle).root())
            size = split
        else:
            path.append(frontier(connection, split, start).root())
            start, size = middle, size - split
    return path[::-1]


def _smallest(connection: apsw.Connection, height: int, block_hash: bytes) -> bytes:
    """Compute the subtree of 256 leaves that ends with a block, from the headers of the others."""
    peaks = _grown(connection, EMPTY, LEAVES - 1, height + 1 - LEAVES).append(block_hash).peaks
    return peaks[0]


def _grown(connection: apsw.Connection, tree: Frontier, size: int, height: int) -> Frontier:
    """Append connected blocks to a tree, from a height upwards, until it has `size` leaves."""
    for header in bodies.encoded_headers(connection, height, size - tree.size):
        tree = tree.append(hash_of(header))
    if tree.size != size:
        raise ContradictionFound(f"a chain that ends before {size} blocks")
    return tree


def kept(connection: apsw.Connection, level: int, position: int) -> bytes:
    """Read a complete subtree.

    Raises:
        ContradictionFound: it is not there.
    """
    node = connection.execute(
        "SELECT hash FROM subtree WHERE level = ? AND position = ?", (level, position)
    ).get
    if node is None:
        raise ContradictionFound(f"no subtree {level}/{position} of the history tree")
    return cast(bytes, node)
