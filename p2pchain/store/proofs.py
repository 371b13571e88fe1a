"""Proofs of where records stand, read from the index, two blocks and the history tree; never from the whole chain."""

import apsw

from p2pchain.chain.block import Parts
from p2pchain.chain.receipt import Receipt
from p2pchain.node.events import Unproven
from p2pchain.node.ports import StoredHeader
from p2pchain.store import bodies, index, pending, subtrees


def prove(
    connection: apsw.Connection, txid: bytes, head: bytes | None, network_id: bytes
) -> Receipt | Unproven:
    """Prove where a record stands, under the connected block of a hash, or the tip; or say why not."""
    place = index.find(connection, txid, network_id)
    if place is None:
        return Unproven.PENDING if pending.holds(connection, txid) else Unproven.UNKNOWN
    later = _connected(connection, head)
    if later is None:
        return Unproven.NOT_CONNECTED
    height, size = place[0], later.header.height
    if size < height:
        return Unproven.TOO_LOW
    block, leaf = _parts(connection, height), index.position(connection, *place) + 1
    if size == height:
        return Receipt.of(block, leaf, None, ())
    path = subtrees.inclusion_path(connection, size, height)
    return Receipt.of(block, leaf, _parts(connection, size), path)


def _connected(connection: apsw.Connection, head: bytes | None) -> StoredHeader | None:
    """Find a connected block by its hash; without one, the tip."""
    if head is None:
        return bodies.header_at(connection, bodies.tip_height(connection))
    stored = bodies.header(connection, head)
    return stored if stored is not None and stored.connected else None


def _parts(connection: apsw.Connection, height: int) -> Parts:
    """Take the connected block of a height apart; one that is gone is found to be none."""
    return Parts.decode(bodies.load_at(connection, height) or b"")
