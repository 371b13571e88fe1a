"""The numbered events, read again from the newest back: they lead from the chain as it is to genesis alone."""

from typing import cast

import apsw
import msgpack

from p2pchain.store import bodies, index, pending
from p2pchain.store.faults import ContradictionFound

# What the data of each kind of event holds.
FIELDS: dict[str, dict[str, type]] = {
    "connected": {"height": int, "hash": bytes},
    "undone": {"height": int, "hash": bytes},
    "accepted": {"txids": list},
    "evicted": {"txid": bytes, "reason": str},
}


def check_events(connection: apsw.Connection, network_id: bytes) -> None:
    """Check that numbers go up from 1 without gaps, and that what is told is so.

    Folded, the events are the chain; and each record that was accepted is in the chain, pending, or was evicted. In
    memory are only the blocks of the deepest reorganisation, and the ids of what was evicted.

    Raises:
        ContradictionFound: they tell something else; the event is named.
    """
    rewind = _Rewind(connection, network_id)
    last = cast(int, connection.execute("SELECT coalesce(max(number), 0) FROM event").get)
    expected = last
    for number, kind, data in connection.execute("SELECT number, kind, data FROM event ORDER BY number DESC"):
        if number != expected:
            raise ContradictionFound(f"event {number:,} in place of {expected:,}")
        if not rewind.undo(cast(str, kind), _fields(cast(str, kind), cast(bytes, data))):
            raise ContradictionFound(f"event {number:,}, {kind}, that is not so")
        expected -= 1
    if expected or rewind.height:
        raise ContradictionFound(f"no events that lead from genesis to block {rewind.height:,}")


class _Rewind:
    """The chain as it was before the events that were undone so far: blocks of the file, and `above` them others."""

    def __init__(self, connection: apsw.Connection, network_id: bytes) -> None:
        self._connection = connection
        self._network_id = network_id
        self._base = cast(int, connection.execute("SELECT max(height) FROM chain").get)
        self._above: list[bytes] = []
        self._evicted: set[bytes] = set()

    @property
    def height(self) -> int:
        """How high it is."""
        return self._base + len(self._above)

    def undo(self, kind: str, fields: dict[str, object]) -> bool:
        """Go back before an event; says whether it can have happened."""
        match kind, fields:
            case "connected", {"height": int(height), "hash": bytes(block_hash)}:
                return height == self.height > 0 and self._take_off() == block_hash
            case "undone", {"height": int(height), "hash": bytes(block_hash)}:
                self._above.append(block_hash)
                return height == self.height
            case "accepted", {"txids": list(txids)}:
                return all(map(self._is_somewhere, txids))
            case "evicted", {"txid": bytes(txid)}:
                self._evicted.add(txid)
                return True
        return False

    def _take_off(self) -> bytes:
        if self._above:
            return self._above.pop()
        self._base -= 1
        return bodies.hash_at(self._connection, self._base + 1)

    def _is_somewhere(self, txid: object) -> bool:
        if not isinstance(txid, bytes):
            return False
        if txid in self._evicted:
            self._evicted.discard(txid)
            return True
        chained = index.find(self._connection, txid, self._network_id) is not None
        return chained or pending.holds(self._connection, txid)


def _fields(kind: str, data: bytes) -> dict[str, object]:
    """Read the data of an event; nothing where it is not what the kind has."""
    try:
        fields = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException):
        return {}
    if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != FIELDS.get(
        kind
    ):
        return {}
    return fields
