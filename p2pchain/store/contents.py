"""Contents of transactions apart from their blocks: read one by one, put in where they were missing, and erased."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import apsw

from p2pchain.chain.block import Block, Parts
from p2pchain.chain.keys import SIGNATURE_SIZE
from p2pchain.chain.transaction import txid_of
from p2pchain.store import bodies, index, pending

# Blocks taken apart for one question: contents that lie further apart are asked for again.
BLOCKS_PER_READ = 16


def load(
    connection: apsw.Connection, txids: Sequence[bytes], network_id: bytes, bytes_max: int
) -> tuple[bytes | None, ...]:
    """Read contents, in order, None for one that is not held; as many as fit, but at least one."""
    found: list[bytes | None] = []
    blocks: dict[int, Parts] = {}
    size = 0
    for txid in txids:
        content = pending.content(connection, txid) or _in_chain(connection, txid, network_id, blocks)
        size += len(content or b"")
        if found and (size > bytes_max or len(blocks) > BLOCKS_PER_READ):
            break
        found.append(content)
    return tuple(found)


def fill(connection: apsw.Connection, block_hash: bytes, contents: Mapping[int, bytes]) -> None:
    """Put contents into a block, by index; a block that is not there any more needs none."""
    encoded = bodies.load(connection, block_hash)
    if encoded is not None:
        parts = Parts.decode(encoded)
        for position, content in contents.items():
            parts.contents[position] = content
        bodies.replace(connection, block_hash, parts.encode())


def confirm(connection: apsw.Connection, block: Block) -> list[bytes]:
    """Have nothing pending that a block holds, and put into the block what it lacks of that; returns the txids."""
    lacking = [(place, each.txid) for place, each in enumerate(block.transactions) if each.content is None]
    waiting = {place: found for place, txid in lacking if (found := pending.content(connection, txid))}
    if waiting:
        fill(connection, block.hash, waiting)
    return pending.drop(connection, [each.txid for each in block.transactions])


def forgotten(connection: apsw.Connection) -> frozenset[bytes]:
    """Give the txids that have a tombstone."""
    return frozenset(cast(bytes, row[0]) for row in connection.execute("SELECT txid FROM tombstone"))


def forget(connection: apsw.Connection, txids: Iterable[bytes], network_id: bytes) -> None:
    """Erase contents from the chain and from side branches, and set tombstones; what is pending has to be dropped."""
    doomed = frozenset(txids)
    rows = ((txid,) for txid in sorted(doomed))
    connection.executemany("INSERT INTO tombstone (txid) VALUES (?) ON CONFLICT DO NOTHING", rows)
    heights = {place[0] for txid in doomed if (place := index.find(connection, txid, network_id)) is not None}
    for height in sorted(heights):
        _strip(connection, bodies.hash_at(connection, height), doomed, network_id)
    for block_hash in list(bodies.unconnected(connection)):
        _strip(connection, block_hash, doomed, network_id)


def _in_chain(
    connection: apsw.Connection, txid: bytes, network_id: bytes, blocks: dict[int, Parts]
) -> bytes | None:
    place = index.find(connection, txid, network_id)
    if place is None:
        return None
    height = place[0]
    if height not in blocks:
        blocks[height] = Parts.decode(bodies.load_at(connection, height) or b"")
    return blocks[height].contents[index.position(connection, *place)]


def _strip(
    connection: apsw.Connection, block_hash: bytes, doomed: frozenset[bytes], network_id: bytes
) -> None:
    parts = Parts.decode(bodies.load(connection, block_hash) or b"")
    found = list(_positions(parts, doomed, network_id))
    for position in found:
        parts.contents[position] = None
    if found:
        bodies.replace(connection, block_hash, parts.encode())


def _positions(parts: Parts, txids: frozenset[bytes], network_id: bytes) -> Iterator[int]:
    for position, (head, content) in enumerate(zip(parts.heads, parts.contents, strict=True)):
        if content is not None and txid_of(head[SIGNATURE_SIZE:], network_id) in txids:
            yield position
