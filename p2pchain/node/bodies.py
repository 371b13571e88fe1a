"""Bodies of blocks that are checked but not connected: in memory within a bound, on disk where a long branch needs it.

A body is *complete* when the bodies of all blocks between it and the connected chain are there too. It *lacks* contents
where some of its transactions came without theirs, and the operator did not have them forgotten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from p2pchain.chain.block import Block
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.node.burial import Burial
from p2pchain.node.limits import BODIES_HELD_BYTES


@dataclass(frozen=True, slots=True)
class Body:
    """A checked body, its place in the tree, and the connection that it came from (None: made here)."""

    entry: Entry
    block: Block
    source: int | None
    lacking: bool = False


class Bodies:
    """Which blocks can be connected."""

    def __init__(self, tree: HeaderTree, burial: Burial) -> None:
        """Start with none beyond the connected chain."""
        self._tree = tree
        self._burial = burial
        self._held: dict[bytes, Body] = {}
        self._stored: dict[bytes, Entry] = {}
        self._complete: dict[bytes, Entry] = {}
        self._waiting: dict[bytes, list[Entry]] = {}
        self._best: tuple[Entry, Entry] | None = None
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
        if body.lacking:
            self._burial.note(body.entry)
        self._complete_from(body.entry)
        self._shrink()

    def fill(self, block_hash: bytes, contents: Mapping[int, bytes], *, lacking: bool) -> None:
        """Put contents into a body, if it is in memory, by index; say whether it lacks others still."""
        body = self._held.get(block_hash)
        if body is not None:
            block = body.block.with_contents(contents)
            self._held[block_hash] = replace(body, block=block, lacking=lacking)
        if not lacking and self._burial.drop(block_hash):
            self._weigh_again()

    def strip(self, strip: Callable[[Block], Block]) -> None:
        """Take contents out of all bodies in memory."""
        for block_hash, body in self._held.items():
            self._held[block_hash] = replace(body, block=strip(body.block))

    def stored(self, body: Body) -> None:
        """Note that a body is on disk, and needs no memory, unless more of its contents have come in by now.

        It may have been let go of meanwhile, with what was noted of it, and its header too.
        """
        entry = body.entry
        held = self._held.get(entry.hash)
        if held in (body, None) and self._tree.get(entry.hash) is entry:
            if held is None and body.lacking:
                self._burial.note(entry)
            self._release(entry.hash)
            self._stored[entry.hash] = entry
            self._complete_from(entry)

    def best_complete(self) -> Entry:
        """Find the tip that fork choice prefers among those whose bodies are all there."""
        return self._find_best()[0]

    def best_acceptable(self) -> Entry:
        """Find the one that it prefers among those that are acceptable too."""
        return self._find_best()[1]

    def lacking(self) -> int:
        """Count the blocks for whose contents a chain waits that is complete and better than the acceptable one."""
        complete, acceptable = self._find_best()
        if complete is acceptable:
            return 0
        return sum(1 for entry in self.way_to(complete) if self._burial.lacks(entry))

    def connected(self, connected: tuple[Entry, ...], reverted: tuple[Entry, ...]) -> None:
        """Follow a change of the connected chain. What was reverted stays on disk, and could come back."""
        for entry in connected:
            self._release(entry.hash)
            self._burial.drop(entry.hash)
            self._stored.pop(entry.hash, None)
            self._complete.pop(entry.hash, None)
        for entry in reversed(reverted):
            self._stored[entry.hash] = entry
            self._complete[entry.hash] = entry
        self._shrink()
        self._weigh_again()

    def forget_unknown(self) -> None:
        """Drop the bodies of blocks that the tree does not hold any more."""
        for kept in (self._complete, self._stored):
            for block_hash in [each for each in kept if self._tree.get(each) is None]:
                del kept[block_hash]
        for block_hash in [each for each in self._held if self._tree.get(each) is None]:
            self._release(block_hash)
        for entry in self._burial.lacking():
            if self._tree.get(entry.hash) is None:
                self._burial.drop(entry.hash)
        self._waiting = {
            parent: kids for parent, kids in self._waiting.items() if self._tree.get(parent) is not None
        }
        self._weigh_again()

    def spare(self, wanted: Entry) -> list[Body]:
        """List complete bodies on the way to a wanted tip that would better lie on disk, if memory is short."""
        if self.held_bytes <= BODIES_HELD_BYTES // 2:
            return []
        way = self._way_to(wanted) | self._way_to(self.best_complete())
        return [body for each in way if each in self._complete and (body := self._held.get(each)) is not None]

    def way_to(self, entry: Entry) -> tuple[Entry, ...]:
        """List the blocks from the connected chain up to an entry, lowest first."""
        return self._tree.change_to(entry).connected

    def _way_to(self, entry: Entry) -> dict[bytes, None]:
        return {each.hash: None for each in self.way_to(entry)}

    def _find_best(self) -> tuple[Entry, Entry]:
        if self._best is None:
            self._best = self._tree.tip, self._tree.tip
            for entry in self._complete.values():
                self._best = self._better(self._best, entry)
        return self._best

    def _better(self, best: tuple[Entry, Entry], entry: Entry) -> tuple[Entry, Entry]:
        complete, acceptable = best
        if entry.preferred_to(complete):
            complete = entry
        if entry.preferred_to(acceptable) and self._burial.is_acceptable(entry):
            acceptable = entry
        return complete, acceptable

    def _complete_from(self, entry: Entry) -> None:
        """Mark a block complete if its parent is, and then those that waited for it."""
        parent = entry.parent
        if parent is not None and not self._tree.is_connected(parent) and parent.hash not in self._complete:
            self._waiting.setdefault(parent.hash, []).append(entry)
            return
        best = self._find_best()
        ready = [entry]
        while ready:
            block = ready.pop()
            if self.has(block) and not self._tree.is_connected(block):
                self._complete[block.hash] = block
                self._burial.weigh(block)
                best = self._better(best, block)
                ready.extend(self._waiting.pop(block.hash, ()))
        self._best = best

    def _weigh_again(self) -> None:
        self._best = None
        self._burial.weigh_all(self._complete.values())

    def _release(self, block_hash: bytes) -> None:
        body = self._held.pop(block_hash, None)
        if body is not None:
            self.held_bytes -= body.block.size

    def _shrink(self) -> None:
        """Let go of bodies beyond the bound, with what stands on them: they can be asked for again.

        First of those on side branches, oldest first, down to half of it, lest they keep others from being asked for;
        then of those on the way to a better tip that wait for others and will be needed last.
        """
        if self.held_bytes <= BODIES_HELD_BYTES // 2:
            return
        way = self._way_to(self._tree.best) | self._way_to(self.best_complete())
        dropped = self._drop([each for each in self._held if each not in way], BODIES_HELD_BYTES // 2)
        waiting = [each for each in reversed(way) if each in self._held and each not in self._complete]
        dropped |= self._drop(waiting, BODIES_HELD_BYTES)
        if dropped:
            self._find_complete(dropped)
            self._weigh_again()

    def _drop(self, hashes: list[bytes], bytes_max: int) -> set[bytes]:
        dropped: set[bytes] = set()
        for block_hash in hashes:
            if self.held_bytes <= bytes_max:
                break
            dropped.add(block_hash)
            self._burial.drop(block_hash)
            self._release(block_hash)
        return dropped

    def _find_complete(self, dropped: set[bytes]) -> None:
        """Have blocks wait again whose parents' bodies are gone."""
        for entry in sorted(self._complete.values(), key=lambda entry: entry.height):
            if entry.hash in dropped:
                del self._complete[entry.hash]
            elif entry.parent is not None and entry.parent.hash in dropped:
                del self._complete[entry.hash]
                dropped.add(entry.hash)
                self._waiting.setdefault(entry.parent.hash, []).append(entry)
