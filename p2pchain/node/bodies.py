"""Bodies of blocks that are checked but not connected: in memory within a bound, on disk where a long branch needs it.

A body is *complete* when the bodies of all blocks between it and the connected chain are there too.
"""

from dataclasses import dataclass

from p2pchain.chain.block import Block
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.node.limits import BODIES_HELD_BYTES, STORED_BODIES_MAX


@dataclass(frozen=True, slots=True)
class Body:
    """A checked body, its place in the tree, and the connection that it came from (None: made here)."""

    entry: Entry
    block: Block
    source: int | None


class Bodies:
    """Which blocks can be connected."""

    def __init__(self, tree: HeaderTree) -> None:
        """Start with none beyond the connected chain."""
        self._tree = tree
        self._held: dict[bytes, Body] = {}
        self._stored: dict[bytes, Entry] = {}
        self._complete: dict[bytes, Entry] = {}
        self._waiting: dict[bytes, list[Entry]] = {}
        self._best: Entry | None = None
        self.held_bytes = 0

    def has(self, entry: Entry) -> bool:
        """Whether the body of a block is there, in memory or on disk."""
        return entry.hash in self._held or entry.hash in self._stored or self._tree.is_connected(entry)

    def held(self, block_hash: bytes) -> Body | None:
        """Find a body in memory."""
        return self._held.get(block_hash)

    def add(self, body: Body) -> None:
        """Hold a checked body, and see which blocks it completes."""
        if self.has(body.entry) or self._tree.get(body.entry.hash) is not body.entry:
            return
        self._held[body.entry.hash] = body
        self.held_bytes += body.block.size
        self._complete_from(body.entry)

    def stored(self, entry: Entry) -> None:
        """Note that a body is on disk: it needs no memory now."""
        self._release(entry.hash)
        self._stored[entry.hash] = entry
        self._complete_from(entry)

    def best_complete(self) -> Entry:
        """Find the tip that fork choice prefers among those whose bodies are all there."""
        if self._best is None:
            self._best = self._tree.tip
            for entry in self._complete.values():
                if entry.preferred_to(self._best):
                    self._best = entry
        return self._best

    def connected(self, connected: tuple[Entry, ...], reverted: tuple[Entry, ...]) -> None:
        """Follow a change of the connected chain. What was reverted stays on disk, and could come back."""
        for entry in connected:
            self._release(entry.hash)
            self._stored.pop(entry.hash, None)
            self._complete.pop(entry.hash, None)
        for entry in reversed(reverted):
            self._stored[entry.hash] = entry
            self._complete[entry.hash] = entry
        self._best = None
        self._shrink()

    def forget_unknown(self) -> None:
        """Drop the bodies of blocks that the tree does not hold any more."""
        self._best = None
        for kept in (self._complete, self._stored):
            for block_hash in [each for each in kept if self._tree.get(each) is None]:
                del kept[block_hash]
        for block_hash in [each for each in self._held if self._tree.get(each) is None]:
            self._release(block_hash)
        self._waiting = {
            parent: kids for parent, kids in self._waiting.items() if self._tree.get(parent) is not None
        }

    def spare(self, wanted: Entry) -> list[Body]:
        """List complete bodies on the way to a wanted tip that would better lie on disk, if memory is short."""
        if self.held_bytes <= BODIES_HELD_BYTES // 2:
            return []
        way = self._tree.change_to(wanted).connected
        return [
            self._held[entry.hash]
            for entry in way
            if entry.hash in self._held and entry.hash in self._complete
        ]

    def _complete_from(self, entry: Entry) -> None:
        """Mark a block complete if its parent is, and then those that waited for it."""
        parent = entry.parent
        if parent is not None and not self._tree.is_connected(parent) and parent.hash not in self._complete:
            self._waiting.setdefault(parent.hash, []).append(entry)
            return
        self._best = None
        ready = [entry]
        while ready:
            block = ready.pop()
            if self.has(block) and not self._tree.is_connected(block):
                self._complete[block.hash] = block
                ready.extend(self._waiting.pop(block.hash, ()))

    def _release(self, block_hash: bytes) -> None:
        body = self._held.pop(block_hash, None)
        if body is not None:
            self.held_bytes -= body.block.size

    def _shrink(self) -> None:
        """Let go of side branches' bodies, oldest first: they can be asked for again."""
        while len(self._stored) > STORED_BODIES_MAX:
            block_hash = next(iter(self._stored))
            del self._stored[block_hash]
            self._complete.pop(block_hash, None)
        for block_hash in list(self._held):
            if self.held_bytes <= BODIES_HELD_BYTES:
                break
            self._complete.pop(block_hash, None)
            self._release(block_hash)
