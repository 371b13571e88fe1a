"""Where each transaction of the chain stands: rows of a short key and a place, inserted sorted, confirmed on a hit."""

import struct
from collections.abc import Iterable
from typing import cast

import apsw

from p2pchain.chain.block import Block

KEY_SIZE = 8
POSITION_BITS = 20
_KEY = struct.Struct(">q")


def rows(block: Block) -> list[tuple[int, int]]:
    """Give the index rows of a block."""
    base = block.height << POSITION_BITS
    return [
        (key_of(transaction.txid), base | position) for position, transaction in enumerate(block.transactions)
    ]


def key_of(txid: bytes) -> int:
    """Give the key under which a txid is entered."""
    return int(_KEY.unpack_from(txid)[0])


def insert(connection: apsw.Connection, entries: Iterable[tuple[int, int]]) -> None:
    """Enter rows, sorted: at millions of rows, unsorted ones cost four times as much."""
    connection.executemany("INSERT INTO place (key, place) VALUES (?, ?)", sorted(entries))


def remove(connection: apsw.Connection, entries: Iterable[tuple[int, int]]) -> None:
    """Take rows out."""
    connection.executemany("DELETE FROM place WHERE key = ? AND place = ?", sorted(entries))


def find(connection: apsw.Connection, txid: bytes, network_id: bytes) -> tuple[int, int] | None:
    """Find a transaction: the height of its block, and its position there."""
    places = connection.execute("SELECT place FROM place WHERE key = ?", (key_of(txid),)).fetchall()
    for place in (cast(int, row[0]) for row in places):
        height, position = place >> POSITION_BITS, place & ((1 << POSITION_BITS) - 1)
        query = "SELECT body FROM block WHERE id = (SELECT block FROM chain WHERE height = ?)"
        row = connection.execute(query, (height,)).fetchone()
        if row is not None and Block.decode(row[0], network_id).transactions[position].txid == txid:
            return height, position
    return None
