"""Reads: headers, blocks, events, the place of a transaction. Each thread has a reader of its own."""

from collections.abc import Iterator
from pathlib import Path

from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.chain.history import KEPT_LEVEL_MIN, Frontier
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import StoredEvent
from p2pchain.node.ports import Restored, StoredHeader
from p2pchain.store import index
from p2pchain.store.schema import open_reader

_HEADER = """
    SELECT block.header, block.work, block.chain_time, chain.block IS NOT NULL
    FROM block LEFT JOIN chain ON chain.height = block.height AND chain.block = block.id
"""


class Reader:
    """A view of the file that sees every commit as soon as it is made."""

    def __init__(self, path: Path, network: Network) -> None:
        """Open the file, which exists."""
        self._network = network
        self._connection = open_reader(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def by_hash(self, block_hash: bytes) -> StoredHeader | None:
        """Find a block, connected or not."""
        return self._header("WHERE block.hash = ?", block_hash)

    def at_height(self, height: int) -> StoredHeader | None:
        """Find the connected block of a height."""
        return self._header("WHERE block.id = (SELECT block FROM chain WHERE height = ?)", height)

    def tip_height(self) -> int:
        """Give the height of the chain."""
        return self._number("SELECT max(height) FROM chain")

    def encoded(self, start: int, count: int) -> list[bytes]:
        """Read headers of connected blocks, from a height upwards."""
        query = """
            SELECT block.header FROM chain JOIN block ON block.id = chain.block
            WHERE chain.height >= ? ORDER BY chain.height LIMIT ?
        """
        return [bytes(row[0]) for row in self._connection.execute(query, (start, count))]

    def frontier(self, size: int) -> Frontier:
        """Give the history tree over the first `size` blocks: large subtrees from disk, the rest recomputed."""
        peaks: list[bytes] = []
        covered = 0
        for level in range(size.bit_length() - 1, KEPT_LEVEL_MIN - 1, -1):
            if size >> level & 1:
                query = "SELECT hash FROM subtree WHERE level = ? AND position = ?"
                peaks += [row[0] for row in self._connection.execute(query, (level, covered >> level))]
                covered += 1 << level
        frontier = Frontier(covered, tuple(peaks))
        for header in self.encoded(covered, size - covered):
            frontier = frontier.append(Header.decode(header).hash)
        return frontier

    def holds_body(self, block_hash: bytes) -> bool:
        """Say whether a block's body is there."""
        query = "SELECT 1 FROM block WHERE hash = ? AND body IS NOT NULL"
        return self._connection.execute(query, (block_hash,)).fetchone() is not None

    def load_blocks(self, hashes: tuple[bytes, ...], bytes_max: int) -> tuple[bytes | None, ...]:
        """Read encoded blocks, as many as fit in `bytes_max` but at least one; None for one that is not there."""
        found: list[bytes | None] = []
        size = 0
        for block_hash in hashes:
            row = self._connection.execute("SELECT body FROM block WHERE hash = ?", (block_hash,)).fetchone()
            body = bytes(row[0]) if row is not None and row[0] is not None else None
            size += len(body or b"")
            if found and size > bytes_max:
                break
            found.append(body)
        return tuple(found)

    def load_events(self, since: int, limit: int) -> tuple[StoredEvent, ...]:
        """Read numbered events, in order."""
        query = "SELECT number, kind, data FROM event WHERE number > ? ORDER BY number LIMIT ?"
        return tuple(
            StoredEvent(number, kind, data)
            for number, kind, data in self._connection.execute(query, (since, limit))
        )

    def last_event(self) -> int:
        """Give the number of the newest event, or 0."""
        return self._number("SELECT coalesce(max(number), 0) FROM event")

    def find_transaction(self, txid: bytes) -> tuple[int, int] | None:
        """Find a transaction in the chain: the block's height, and the position in it."""
        return index.find(self._connection, txid, self._network.id)

    def pending(self) -> Iterator[Transaction]:
        """Read what is pending, oldest first."""
        for head, content in self._connection.execute("SELECT head, content FROM pending ORDER BY sequence"):
            yield Transaction.from_parts(head, content, self._network.id)

    def block_at(self, height: int) -> Block | None:
        """Read the connected block of a height; None for genesis, and above the tip."""
        query = "SELECT body FROM block WHERE id = (SELECT block FROM chain WHERE height = ?)"
        row = self._connection.execute(query, (height,)).fetchone()
        return Block.decode(row[0], self._network.id) if row is not None and row[0] is not None else None

    def restore(self, window: int) -> Restored:
        """Give what a node starts from: at most `window` headers, however long the chain is."""
        start = max(0, self.tip_height() + 1 - window)
        query = f"{_HEADER} WHERE chain.height >= ? ORDER BY chain.height"
        recent = tuple(_stored(row) for row in self._connection.execute(query, (start,)))
        return Restored(recent, self.frontier(start), tuple(self.pending()), self.last_event())

    def _header(self, where: str, value: bytes | int) -> StoredHeader | None:
        row = self._connection.execute(f"{_HEADER} {where}", (value,)).fetchone()
        return _stored(row) if row is not None else None

    def _number(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row is not None else 0


def _stored(row: tuple[bytes, bytes, int, int]) -> StoredHeader:
    header, work, chain_time, connected = row
    return StoredHeader(
        Header.decode(header), int.from_bytes(work, "big"), chain_time, connected=bool(connected)
    )
