"""Where each transaction of the chain stands: rows of a short key and a place, entered sorted, confirmed on a hit."""

import struct
from collections.abc import Iterable
from contextlib import closing
from typing import cast

import apsw
import msgpack

from p2pchain.chain.block import Block
from p2pchain.chain.keys import SIGNATURE_SIZE
from p2pchain.chain.transaction import txid_of
from p2pchain.store import chunks
from p2pchain.store.faults import ContradictionFound

# A block's heads lie within the first 4 MiB of its body and 2 bytes for each of them: less than 2^23.
OFFSET_BITS = 23
_KEY = struct.Struct(">q")
# What stands before a bin of less than 256 bytes, such as a coinbase or a head: its type and its length.
_BIN_PREFIX = 2
# What stands before a list of 16 items or more, by its type; before a shorter one it is one byte.
_LIST_PREFIXES = {0xDC: 3, 0xDD: 5}

# So many rows are entered at a time, more than the blocks of a sync's commit have: some 280 bytes of memory each.
GROUP_ROWS = 50_000

Row = tuple[int, int]


class Entering:
    """Blocks put into the chain in one commit: their rows are entered in groups, for all could be too much to hold.

    `txids` are those of the group that has not been entered, or was entered last.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        """Start with none."""
        self._connection = connection
        self._rows: list[Row] = []
        self.txids: set[bytes] = set()

    def add(self, block: Block) -> None:
        """Take a block that stands in the chain now."""
        if len(self._rows) >= GROUP_ROWS:
            self.enter()
            self.txids.clear()
        self._rows.extend(rows(block))
        self.txids.update(transaction.txid for transaction in block.transactions)

    def enter(self) -> None:
        """Enter what was not entered yet."""
        insert(self._connection, self._rows)
        self._rows.clear()


def rows(block: Block) -> list[Row]:
    """Give a row for each transaction of a block: its key; the block's height, and where in the body the head is."""
    list_prefix = len(msgpack.Packer().pack_array_header(len(block.transactions)))
    place = (block.height << OFFSET_BITS) + _BIN_PREFIX + len(block.coinbase.encode()) + list_prefix
    entries: list[Row] = []
    for transaction in block.transactions:
        entries.append((key_of(transaction.txid), place))
        place += _BIN_PREFIX + len(transaction.head.raw)
    return entries


def key_of(txid: bytes) -> int:
    """Give the key under which a txid is entered: its first 8 bytes. Others may share it."""
    return int(_KEY.unpack_from(txid)[0])


def insert(connection: apsw.Connection, entries: Iterable[Row]) -> None:
    """Enter rows, sorted: at millions of rows, unsorted ones cost four times as much."""
    for marks, bound in chunks.rows(sorted(entries)):
        connection.execute(f"INSERT INTO place (key, place) VALUES {marks}", bound)


def remove(connection: apsw.Connection, entries: Iterable[Row]) -> None:
    """Take rows out."""
    for marks, bound in chunks.rows(sorted(entries)):
        connection.execute(f"DELETE FROM place WHERE (key, place) IN (VALUES {marks})", bound)


def find(connection: apsw.Connection, txid: bytes, network_id: bytes) -> tuple[int, int] | None:
    """Find a transaction of the chain: its block's height, and where in the block's body its head is.

    Only the heads that the index points at are read, never a whole block: a stranger may send any number of
    transactions that the chain holds already.
    """
    found = connection.execute("SELECT place FROM place WHERE key = ?", (key_of(txid),)).fetchall()
    for place in (cast(int, row[0]) for row in found):
        height, offset = place >> OFFSET_BITS, place & ((1 << OFFSET_BITS) - 1)
        head = _read_head(connection, height, offset)
        if txid_of(head[SIGNATURE_SIZE:], network_id) == txid:
            return height, offset
    return None


def among(connection: apsw.Connection, txids: Iterable[bytes], network_id: bytes) -> set[bytes]:
    """Give those of some txids that stand in the chain."""
    by_key: dict[int, list[bytes]] = {}
    for txid in txids:
        by_key.setdefault(key_of(txid), []).append(txid)
    found: set[bytes] = set()
    for marks, bound in chunks.values(by_key):
        query = f"SELECT DISTINCT key FROM place WHERE key IN {marks}"
        for row in connection.execute(query, bound).fetchall():
            likely = by_key[cast(int, row[0])]
            found.update(txid for txid in likely if find(connection, txid, network_id) is not None)
    return found


def position(connection: apsw.Connection, height: int, offset: int) -> int:
    """Count the transactions of a block that stand before the one whose head is at an offset."""
    with closing(_open_body(connection, height)) as body:
        before = body.read(offset)
    at = _BIN_PREFIX + before[1]
    at += _LIST_PREFIXES.get(before[at], 1)
    count = 0
    while at < offset:
        at += _BIN_PREFIX + before[at + 1]
        count += 1
    return count


def _read_head(connection: apsw.Connection, height: int, offset: int) -> bytes:
    with closing(_open_body(connection, height)) as body:
        if offset + _BIN_PREFIX > body.length():
            raise ContradictionFound(f"an index row for byte {offset} of block {height}, which is shorter")
        body.seek(offset)
        size = body.read(_BIN_PREFIX)[1]
        return body.read(size)


def _open_body(connection: apsw.Connection, height: int) -> apsw.Blob:
    block = connection.execute("SELECT block FROM chain WHERE height = ?", (height,)).get
    if block is None:
        raise ContradictionFound(f"an index row for height {height}, and no block there")
    return connection.blob_open("main", "block", "body", cast(int, block), False)
