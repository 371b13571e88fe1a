"""Which tips are acceptable: those under which no contents are missing, but for blocks that are buried by work.

A block is valid without the contents of its transactions, for they may be forgotten. But nobody may hide one from some
and show it to others: so a block that lacks contents counts only under much work, which nobody does in secret.
"""

from collections.abc import Iterable

from p2pchain.chain.tree import Entry


class Burial:
    """Blocks that lack contents, and the work that a chain over them must have.

    Only blocks whose bodies are there are weighed, so headers alone bury nothing.
    """

    def __init__(self, forget_depth: int) -> None:
        """Take the network's depth: so many times its own work buries a block."""
        self._forget_depth = forget_depth
        self._lacking: dict[bytes, Entry] = {}
        self._needed: dict[bytes, int] = {}
        self._new: list[Entry] = []

    def take_new(self) -> list[Entry]:
        """Take out what was noted since the last time."""
        taken, self._new = self._new, []
        return taken

    def lacking(self) -> list[Entry]:
        """List the blocks that lack contents."""
        return list(self._lacking.values())

    def lacks(self, entry: Entry) -> bool:
        """Whether a block lacks contents."""
        return entry.hash in self._lacking

    def note(self, entry: Entry) -> None:
        """Note that a block lacks contents, before it is weighed."""
        self._lacking[entry.hash] = entry
        self._new.append(entry)

    def drop(self, block_hash: bytes) -> bool:
        """Note that a block lacks none, or does not matter any more; says whether it did."""
        return self._lacking.pop(block_hash, None) is not None

    def work_over(self, entry: Entry) -> int:
        """Give the work that a chain has to have, from genesis up, for a block in it to be buried."""
        return entry.work + self._forget_depth * entry.header.work

    def is_acceptable(self, entry: Entry) -> bool:
        """Whether a chain that ends with a weighed block buries everything that lacks contents in it."""
        return entry.work >= self._needed.get(entry.hash, 0)

    def weigh(self, entry: Entry) -> None:
        """Note the work that a chain up to a block must have; its parent is weighed already, or connected."""
        below = self._needed.get(entry.parent.hash, 0) if entry.parent is not None else 0
        needed = max(below, self.work_over(entry) if entry.hash in self._lacking else 0)
        if needed:
            self._needed[entry.hash] = needed

    def weigh_all(self, entries: Iterable[Entry]) -> None:
        """Weigh anew: contents came in, or the connected chain below is another. That one is not judged again."""
        self._needed.clear()
        if self._lacking:
            for entry in sorted(entries, key=lambda entry: entry.height):
                self.weigh(entry)
