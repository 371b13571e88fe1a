"""The table of blocks: each header once, beside it the rest of the block; encoded blocks are put together again."""

from collections.abc import Iterator
from typing import cast

import apsw

from p2pchain.chain.block import Parts
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.node.actions import StagedBlock
from p2pchain.node.ports import StoredHeader

# A block is msgpack: an array of four, which begins with the header as a bin of 92 bytes.
_BEFORE_HEADER = b"\x94\xc4" + bytes([HEADER_SIZE])
BODY_START = len(_BEFORE_HEADER) + HEADER_SIZE

_HEADER = """
    SELECT block.header, block.work, block.chain_time, chain.block IS NOT NULL
    FROM block LEFT JOIN chain ON chain.height = block.height AND chain.block = block.id
"""
_BODY = "SELECT header, body FROM block"
_AT_HEIGHT = "WHERE block.id = (SELECT block FROM chain WHERE height = ?)"


def keep(connection: apsw.Connection, item: StagedBlock) -> None:
    """Enter a block; one that is there already stays, and takes what it lacks of this one's contents."""
    block, encoded = item.block, item.block.encode()
    _insert(connection, block.header, item.work, item.chain_time, encoded[BODY_START:])
    known = load(connection, block.hash) if not connection.changes() else None
    if known is not None and known != encoded:
        parts = Parts.decode(known)
        for place, transaction in enumerate(block.transactions):
            if parts.contents[place] is None:
                parts.contents[place] = transaction.content
        replace(connection, block.hash, parts.encode())


def keep_genesis(connection: apsw.Connection, header: Header, chain_time: int) -> None:
    """Enter the genesis block, which is a header only."""
    _insert(connection, header, header.work, chain_time, None)


def replace(connection: apsw.Connection, block_hash: bytes, encoded: bytes) -> None:
    """Put another body in place of a block's: the same but for contents."""
    connection.execute("UPDATE block SET body = ? WHERE hash = ?", (encoded[BODY_START:], block_hash))


def hash_at(connection: apsw.Connection, height: int) -> bytes:
    """Give the hash of the connected block of a height, which is there."""
    query = "SELECT hash FROM block WHERE id = (SELECT block FROM chain WHERE height = ?)"
    return cast(bytes, connection.execute(query, (height,)).get)


def unconnected(connection: apsw.Connection) -> Iterator[bytes]:
    """List the hashes of the blocks whose bodies are there and that stand in no chain."""
    query = """
        SELECT block.hash FROM block LEFT JOIN chain ON chain.height = block.height AND chain.block = block.id
        WHERE chain.block IS NULL AND block.body IS NOT NULL
    """
    return (cast(bytes, row[0]) for row in connection.execute(query))


def load(connection: apsw.Connection, block_hash: bytes) -> bytes | None:
    """Read an encoded block; None where it is not there, or is a header only."""
    return _together(connection.execute(f"{_BODY} WHERE hash = ?", (block_hash,)))


def load_at(connection: apsw.Connection, height: int) -> bytes | None:
    """Read the encoded connected block of a height; None above the tip, and for genesis."""
    return _together(connection.execute(f"{_BODY} {_AT_HEIGHT}", (height,)))


def header(connection: apsw.Connection, block_hash: bytes) -> StoredHeader | None:
    """Read the header of a block, connected or not."""
    rows = connection.execute(f"{_HEADER} WHERE block.hash = ?", (block_hash,))
    return next(map(_stored, rows), None)


def header_at(connection: apsw.Connection, height: int) -> StoredHeader | None:
    """Read the header of the connected block of a height."""
    return next(map(_stored, connection.execute(f"{_HEADER} {_AT_HEIGHT}", (height,))), None)


def tip_height(connection: apsw.Connection) -> int:
    """Give the height of the newest connected block."""
    return cast(int, connection.execute("SELECT max(height) FROM chain").get)


def headers_from(connection: apsw.Connection, height: int) -> tuple[StoredHeader, ...]:
    """Read the headers of the connected blocks from a height up to the tip."""
    rows = connection.execute(f"{_HEADER} WHERE chain.height >= ? ORDER BY chain.height", (height,))
    return tuple(map(_stored, rows))


def encoded_headers(connection: apsw.Connection, height: int, count: int) -> list[bytes]:
    """Read headers of connected blocks from a height upwards, 92 bytes each."""
    query = """
        SELECT block.header FROM chain JOIN block ON block.id = chain.block
        WHERE chain.height >= ? ORDER BY chain.height LIMIT ?
    """
    return [cast(bytes, row[0]) for row in connection.execute(query, (height, count))]


def _insert(
    connection: apsw.Connection, header: Header, work: int, chain_time: int, body: bytes | None
) -> None:
    query = """
        INSERT INTO block (hash, height, header, work, chain_time, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (hash) DO NOTHING
    """
    shortest = work.to_bytes((work.bit_length() + 7) // 8, "big")
    connection.execute(query, (header.hash, header.height, header.encode(), shortest, chain_time, body))


def _together(rows: apsw.Cursor) -> bytes | None:
    row = cast("tuple[bytes, bytes | None] | None", rows.fetchone())
    if row is None or row[1] is None:
        return None
    return b"".join((_BEFORE_HEADER, row[0], row[1]))


def _stored(row: tuple[object, ...]) -> StoredHeader:
    raw, work, chain_time, connected = cast("tuple[bytes, bytes, int, int]", row)
    return StoredHeader(
        Header.decode(raw), int.from_bytes(work, "big"), chain_time, connected=bool(connected)
    )
