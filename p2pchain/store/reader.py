"""Reads: headers, blocks, events, the place of a transaction. Each thread has a reader of its own."""

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar, cast

import apsw

from p2pchain.chain.block import Block
from p2pchain.chain.history import Frontier
from p2pchain.chain.network import Network
from p2pchain.chain.receipt import Receipt
from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import Unproven
from p2pchain.node.limits import MEMPOOL_BYTES_MAX, MEMPOOL_COUNT_MAX
from p2pchain.node.ports import Restored, StoredEvent, StoredHeader
from p2pchain.store import agreement, bodies, contents, identity, index, pending, proofs, subtrees
from p2pchain.store.faults import named
from p2pchain.store.schema import open_reader

T = TypeVar("T")
NO_LIMIT = 2**63

# What reading a value comes to that is none of the column's.
UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, struct.error)


class Reader:
    """A view of the file that sees every commit as soon as it is made, and each answer from one moment.

    Whatever it is asked, it raises a StoreError where the file cannot be read, or contradicts itself.
    """

    def __init__(self, path: Path, network: Network) -> None:
        """Open the file, which exists.

        Raises:
            StoreError: it cannot be opened, is of another version, or belongs to another network.
        """
        self._path = path
        self._network = network
        self._connection = open_reader(path)
        try:
            self.ask(lambda connection: identity.check(connection, network, path))
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def by_hash(self, block_hash: bytes) -> StoredHeader | None:
        """Find a block, connected or not."""
        with self._moment() as connection:
            return bodies.header(connection, block_hash)

    def at_height(self, height: int) -> StoredHeader | None:
        """Find the connected block of a height."""
        with self._moment() as connection:
            return bodies.header_at(connection, height)

    def tip_height(self) -> int:
        """Give the height of the chain."""
        with self._moment() as connection:
            return bodies.tip_height(connection)

    def encoded(self, start: int, count: int) -> list[bytes]:
        """Read headers of connected blocks, from a height upwards, 92 bytes each."""
        with self._moment() as connection:
            return bodies.encoded_headers(connection, start, count)

    def frontier(self, size: int) -> Frontier:
        """Give the history tree over the connected blocks 0 to size - 1, from at most 255 headers."""
        with self._moment() as connection:
            return subtrees.frontier(connection, size)

    def load_blocks(self, hashes: Sequence[bytes], bytes_max: int) -> tuple[bytes | None, ...]:
        """Read encoded blocks, as many as fit in `bytes_max` but at least one; None for one that is not there."""
        found: list[bytes | None] = []
        size = 0
        with self._moment() as connection:
            for block_hash in hashes:
                encoded = bodies.load(connection, block_hash)
                size += len(encoded or b"")
                if found and size > bytes_max:
                    break
                found.append(encoded)
        return tuple(found)

    def load_contents(self, txids: Sequence[bytes], bytes_max: int) -> tuple[bytes | None, ...]:
        """Read contents of what is in the chain or pending; None for one that is not there, fewer if not all fit."""
        with self._moment() as connection:
            return contents.load(connection, txids, self._network.id, bytes_max)

    def block_at(self, height: int) -> Block | None:
        """Read the connected block of a height; None for genesis, and above the tip."""
        with self._moment() as connection:
            encoded = bodies.load_at(connection, height)
            return Block.decode(encoded, self._network.id) if encoded is not None else None

    def load_events(self, since: int, limit: int, bytes_max: int = NO_LIMIT) -> tuple[StoredEvent, ...]:
        """Read numbered events after number `since`, in order: at most `limit`, as many as fit, but one at least."""
        query = "SELECT number, kind, data FROM event WHERE number > ? ORDER BY number LIMIT ?"
        found: list[StoredEvent] = []
        size = 0
        with self._moment() as connection, closing(connection.execute(query, (since, limit))) as rows:
            for number, kind, data in cast("Iterator[tuple[int, str, bytes]]", rows):
                size += len(data)
                if found and size > bytes_max:
                    break
                found.append(StoredEvent(number, kind, data))
        return tuple(found)

    def last_event(self) -> int:
        """Give the number of the newest event, or 0."""
        with self._moment() as connection:
            return _last_event(connection)

    def find_transaction(self, txid: bytes) -> tuple[int, int] | None:
        """Find a transaction in the chain: the block's height, and the position in it."""
        with self._moment() as connection:
            place = index.find(connection, txid, self._network.id)
            return (place[0], index.position(connection, *place)) if place is not None else None

    def prove(self, txid: bytes, head: bytes | None) -> Receipt | Unproven:
        """Prove where a record stands, under the connected block of a hash, or the tip."""
        with self._moment() as connection:
            return proofs.prove(connection, txid, head, self._network.id)

    def pending(self) -> tuple[Transaction, ...]:
        """Read what is pending, oldest first."""
        with self._moment() as connection:
            found = pending.load(connection, self._network.id, pending.FIRST, pending.ALL, NO_LIMIT)
            return tuple(each.transaction for each in found)

    def restore(self, window: int) -> Restored:
        """Give what a node starts from, however much there is.

        That is the newest `window` headers (at least one), and as much of what is pending as the mempool holds.
        """
        with self._moment() as connection:
            start = max(0, bodies.tip_height(connection) + 1 - window)
            return Restored(
                recent=bodies.headers_from(connection, start),
                frontier=subtrees.frontier(connection, start),
                pending=pending.load(
                    connection, self._network.id, pending.FIRST, MEMPOOL_COUNT_MAX, MEMPOOL_BYTES_MAX
                ),
                pending_count=pending.count(connection),
                last_event=_last_event(connection),
                forgotten=contents.forgotten(connection),
            )

    def ask(self, question: Callable[[apsw.Connection], T]) -> T:
        """Put a question to the tables themselves."""
        with self._moment() as connection:
            return question(connection)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Have everything that is asked inside belong together; the file's log cannot be emptied meanwhile."""
        with self._moment():
            yield

    @contextmanager
    def _moment(self) -> Iterator[apsw.Connection]:
        """Have all that is read inside belong together, while the writer goes on."""
        with named(self._path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            except UNREADABLE:
                # A value of another type than its column's is a damaged page; if not even SQLite sees one, it is ours.
                agreement.check_pages(self._connection)
                raise
            finally:
                self._end_moment()

    def _end_moment(self) -> None:
        """End it, unless SQLite has after a fault of the disk: that fault is the one to tell."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")


def _last_event(connection: apsw.Connection) -> int:
    return cast(int, connection.execute("SELECT coalesce(max(number), 0) FROM event").get)
