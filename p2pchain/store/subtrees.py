"""Complete subtrees of the history tree on disk: two hashes for every 512 blocks, so that a start reads few headers."""

import apsw

from p2pchain.chain.header import Header
from p2pchain.chain.history import KEPT_LEVEL_MIN, Frontier
from p2pchain.chain.merkle import node_hash

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
        connection.execute("INSERT INTO subtree VALUES (?, ?, ?)", (level, position, node))
        if not position & 1:
            return
        query = "SELECT hash FROM subtree WHERE level = ? AND position = ?"
        row = connection.execute(query, (level, position - 1)).fetchone()
        if row is None:
            raise AssertionError(f"subtree {level}/{position - 1} is entered before its neighbour")
        node = node_hash(row[0], node)
        level, position = level + 1, position >> 1


def remove(connection: apsw.Connection, height: int) -> None:
    """Take out the subtrees that end with the block of a height."""
    level = KEPT_LEVEL_MIN
    while (height + 1) % (1 << level) == 0:
        connection.execute("DELETE FROM subtree WHERE level = ? AND position = ?", (level, height >> level))
        level += 1


def _smallest(connection: apsw.Connection, height: int, block_hash: bytes) -> bytes:
    """Compute the subtree of 256 leaves that ends with a block, from the headers of the others."""
    query = """
        SELECT block.header FROM chain JOIN block ON block.id = chain.block
        WHERE chain.height BETWEEN ? AND ? ORDER BY chain.height
    """
    frontier = Frontier(0, ())
    for (header,) in connection.execute(query, (height - LEAVES + 1, height - 1)):
        frontier = frontier.append(Header.decode(header).hash)
    return frontier.append(block_hash).peaks[0]
