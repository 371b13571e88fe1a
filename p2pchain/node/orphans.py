"""Blocks whose parent is not known yet, kept while the headers between are asked for."""

from dataclasses import dataclass

from p2pchain.node.limits import ORPHAN_BYTES_MAX, ORPHANS_MAX


@dataclass(frozen=True, slots=True)
class Orphan:
    """An encoded block as it came, and from which connection."""

    encoded: bytes
    connection: int


class Orphans:
    """At most one block a connection, and few in all: the newest ones."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_hash: dict[bytes, Orphan] = {}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._by_hash)

    def keep(self, block_hash: bytes, encoded: bytes, connection: int) -> None:
        """Keep a block in place of the connection's earlier one."""
        self.drop_from(connection)
        self._by_hash[block_hash] = Orphan(encoded, connection)
        while len(self._by_hash) > ORPHANS_MAX or self._size() > ORPHAN_BYTES_MAX:
            del self._by_hash[next(iter(self._by_hash))]

    def take(self, block_hash: bytes) -> Orphan | None:
        """Give a block out, now that its header has its place."""
        return self._by_hash.pop(block_hash, None)

    def drop_from(self, connection: int) -> None:
        """Forget what a connection sent."""
        for block_hash in [each for each, orphan in self._by_hash.items() if orphan.connection == connection]:
            del self._by_hash[block_hash]

    def _size(self) -> int:
        return sum(len(orphan.encoded) for orphan in self._by_hash.values())
