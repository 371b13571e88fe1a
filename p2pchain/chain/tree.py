"""The tree of headers with the work below each, the chain that is connected, and the choice between forks.

Knows nothing of bodies, disks or peers: its user says which headers are valid and what has been connected.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from p2pchain.chain.header import Header
from p2pchain.chain.history import Frontier


@dataclass(slots=True, eq=False)
class Entry:
    """A header in its place. `work` and `frontier` are those of its chain up to and including it.

    `parent` is None at the lower edge of what is held in memory, which is always a connected block.
    """

    header: Header
    work: int
    chain_time: int
    frontier: Frontier
    parent: "Entry | None"
    hash: bytes = field(init=False)
    height: int = field(init=False)

    def __post_init__(self) -> None:
        """Keep at hand what is looked up most."""
        self.hash = self.header.hash
        self.height = self.header.height

    def preferred_to(self, other: "Entry") -> bool:
        """Compare two tips: more accumulated work wins; at equal work, the smaller hash.

        So the best tip is a function of the set of known blocks, not of the order of their arrival.
        """
        if self.work != other.work:
            return self.work > other.work
        return self.hash < other.hash


@dataclass(frozen=True, slots=True)
class TipChange:
    """How to get from one tip to another: down to `fork_height`, then up through `connected`, lowest first."""

    fork_height: int
    connected: tuple[Entry, ...]


class HeaderTree:
    """Headers from some connected block (the base) upwards, every branch of them."""

    def __init__(self, connected: Iterable[Entry]) -> None:
        """Start from connected blocks in rising order of height; there is at least one."""
        self._chain = {entry.height: entry for entry in connected}
        self._entries = {entry.hash: entry for entry in self._chain.values()}
        self.base_height = min(self._chain)
        self.tip = self._chain[max(self._chain)]
        self.best = self.tip
        self._leaves = {self.tip.hash: self.tip}
        self._anchored: set[bytes] = set()
        self._way: deque[Entry] = deque()

    def __len__(self) -> int:
        """How many headers are held."""
        return len(self._entries)

    def get(self, block_hash: bytes) -> Entry | None:
        """Find a header that is held."""
        return self._entries.get(block_hash)

    def connected_at(self, height: int) -> Entry | None:
        """Find the connected block of a height, where it is held."""
        return self._chain.get(height)

    def is_connected(self, entry: Entry) -> bool:
        """Say whether an entry lies on the connected chain. What is not held and from below the base counts as such."""
        if entry.height >= self.base_height:
            return self._chain.get(entry.height) is entry
        return entry.hash in self._anchored or self._entries.get(entry.hash) is not entry

    def anchor(self, entry: Entry) -> None:
        """Hold a connected block from below the base, so that a branch can grow from it."""
        self._entries[entry.hash] = entry
        self._anchored.add(entry.hash)

    def add(self, header: Header, parent: Entry, work: int, chain_time: int) -> Entry:
        """Put a valid header on its parent. `work` is the accumulated one."""
        entry = Entry(header, work, chain_time, parent.frontier.append(header.hash), parent)
        self._entries[entry.hash] = entry
        self._leaves.pop(parent.hash, None)
        self._leaves[entry.hash] = entry
        if entry.preferred_to(self.best):
            self.best = entry
        return entry

    def change_to(self, entry: Entry) -> TipChange:
        """Say what must be taken off and put on to make an entry the tip."""
        connected = tuple(self._down(entry))
        foot = connected[-1].parent if connected else entry
        if foot is None:
            raise AssertionError("a branch always grows from a connected block")
        return TipChange(foot.height, connected[::-1])

    def way_to_best(self) -> Iterator[Entry]:
        """Give the blocks that lead from the connected chain to the best header, lowest first.

        However many they are, it costs no more than the change since the last time.
        """
        way = self._way
        while way and self.is_connected(way[0]):
            way.popleft()
        new: list[Entry] = []
        step = self.best
        while not (way and step is way[-1]) and step.parent is not None and not self.is_connected(step):
            new.append(step)
            step = step.parent
        if way and not (step is way[-1] and way[0].parent is not None and self.is_connected(way[0].parent)):
            way = self._way = deque(self.change_to(self.best).connected)
        else:
            way.extend(reversed(new))
        return iter(way)

    def connect(self, change: TipChange) -> None:
        """Make a change of tip. From below the base, what is not joined to the new chain in memory is forgotten."""
        for height in range(change.fork_height + 1, self.tip.height + 1):
            self._chain.pop(height, None)
        for entry in change.connected:
            self._chain[entry.height] = entry
        if change.connected:
            self.tip = change.connected[-1]
        if change.fork_height < self.base_height:
            self.base_height = change.fork_height + 1
            self._forget_loose(change.fork_height)

    def condemn(self, culprit: Entry) -> set[bytes]:
        """Take out a block that is not wanted any more, and all that was built on it; gives their hashes."""
        doomed = {culprit.hash}
        for entry in sorted(self._entries.values(), key=lambda entry: entry.height):
            if entry.parent is not None and entry.parent.hash in doomed:
                doomed.add(entry.hash)
        for block_hash in doomed:
            del self._entries[block_hash]
        self._find_leaves()
        return doomed

    def leaves(self) -> list[Entry]:
        """List the ends of all branches, best first."""
        return sorted(self._leaves.values(), key=lambda entry: (-entry.work, entry.hash))

    def trim(self, depth: int) -> None:
        """Forget what lies more than `depth` below the tip, and the branches that fork from there.

        The branch of the best header is kept whatever its depth: it may be about to be connected.
        """
        base = self.tip.height - depth
        if base <= self.base_height:
            return
        wanted = {entry.hash for entry in self.change_to(self.best).connected}
        for height in range(self.base_height, base):
            del self._entries[self._chain.pop(height).hash]
        self._chain[base].parent = None
        for block_hash in self._anchored:
            self._entries.pop(block_hash, None)
        self._anchored.clear()
        self.base_height = base
        self._trim_branches(wanted)

    def _trim_branches(self, wanted: Container[bytes]) -> None:
        """Forget the branches that fork from below the base, but for the wanted one, which is cut loose there."""
        above: set[bytes] = set()
        loose = [entry for entry in self._entries.values() if self._chain.get(entry.height) is not entry]
        for entry in sorted(loose, key=lambda entry: entry.height):
            parent = entry.parent
            if parent is not None and (parent.hash in above or self._chain.get(parent.height) is parent):
                above.add(entry.hash)
            elif entry.hash not in wanted:
                del self._entries[entry.hash]
                self._leaves.pop(entry.hash, None)
            elif parent is not None and parent.hash not in wanted:
                entry.parent = self._edge(parent)
                self.anchor(entry.parent)

    def branch_length(self, entry: Entry) -> int:
        """Count the blocks from an entry down to the connected chain."""
        return sum(1 for _ in self._down(entry))

    def prune(self, kept: Iterable[Entry]) -> None:
        """Forget all branches but those that lead to the best header, or to one of some entries."""
        wanted: set[bytes] = set()
        for entry in (self.best, *kept):
            lowest: Entry = entry
            for lowest in self._down(entry):
                if lowest.hash in wanted:
                    break
                wanted.add(lowest.hash)
            if lowest.parent is not None:
                wanted.add(lowest.parent.hash)
        wanted.update(entry.hash for entry in self._chain.values())
        self._entries = {each: entry for each, entry in self._entries.items() if each in wanted}
        self._anchored &= wanted
        self._find_leaves()

    def _down(self, entry: Entry) -> Iterator[Entry]:
        """Give an entry and those below it, down to the lowest that is not connected."""
        step: Entry | None = entry
        while step is not None and not self.is_connected(step):
            yield step
            step = step.parent

    def _forget_loose(self, fork_height: int) -> None:
        """Forget the branches whose lowest held entry is not connected any more: they can be asked for again."""
        self._anchored = {each for each in self._anchored if self._entries[each].height <= fork_height}
        joined = self._anchored | {entry.hash for entry in self._chain.values()}
        for entry in sorted(self._entries.values(), key=lambda entry: entry.height):
            if entry.parent is not None and entry.parent.hash in joined:
                joined.add(entry.hash)
        self._entries = {each: entry for each, entry in self._entries.items() if each in joined}
        self._find_leaves()

    @staticmethod
    def _edge(entry: Entry) -> Entry:
        """Cut an entry loose from what lies below it."""
        return Entry(entry.header, entry.work, entry.chain_time, entry.frontier, None)

    def _find_leaves(self) -> None:
        parents = {entry.parent.hash for entry in self._entries.values() if entry.parent is not None}
        chained = {self.tip.hash}
        self._leaves = {
            block_hash: entry
            for block_hash, entry in self._entries.items()
            if block_hash not in parents and (block_hash in chained or not self.is_connected(entry))
        }
        best = self.tip
        for entry in self._leaves.values():
            if entry.preferred_to(best):
                best = entry
        self.best = best
