"""What is pending by the work that it carries a byte, in steps of a doubling: who leaves first when room is short."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from p2pchain.chain.transaction import Transaction

# Work is an integer and mostly small: so many bits are put behind it before it is divided by the size.
_FRACTION_BITS = 32


class Pending(NamedTuple):
    """A pending transaction, its place in the order of arrival, and the connection it came from, if any.

    `step` is that of its density. `place` is the disk's, where it was read from there: it was pending before the start,
    or stood in a block that a reorganisation took off the chain, and is older than all that came in since.
    """

    sequence: int
    transaction: Transaction
    source: int | None
    step: int
    place: int | None = None


def step_of(transaction: Transaction) -> int:
    """Give the step of a transaction's work a byte: one more for each doubling.

    Finer ones would have luck decide: of two records that nobody ground anything for, one carries more work by chance,
    and would displace the other. And within a step an author's order can be kept.
    """
    return ((transaction.work << _FRACTION_BITS) // transaction.size).bit_length()


@dataclass(slots=True, eq=False)
class _Step:
    """The transactions of one step, by place: those that came in, and those that are older, each in their order."""

    newer: dict[int, Pending] = field(default_factory=dict)
    older: dict[int, Pending] = field(default_factory=dict)
    size: int = 0

    def __len__(self) -> int:
        return len(self.newer) + len(self.older)

    def part_of(self, pending: Pending) -> dict[int, Pending]:
        return self.newer if pending.place is None else self.older

    def newest_first(self) -> Iterator[Pending]:
        return chain(reversed(self.newer.values()), reversed(self.older.values()))


class ByDensity:
    """Those that may have to leave. Entering, leaving and finding the least dense take the same time, however many."""

    def __init__(self) -> None:
        """Start with none."""
        self._steps: dict[int, _Step] = {}

    def add(self, pending: Pending) -> None:
        """Enter one, as the newest of its step."""
        step = self._steps.get(pending.step)
        if step is None:
            step = self._steps[pending.step] = _Step()
        step.part_of(pending)[pending.sequence] = pending
        step.size += pending.transaction.size

    def remove(self, gone: Iterable[Pending]) -> None:
        """Take out some, which are there."""
        for pending in gone:
            step = self._steps[pending.step]
            del step.part_of(pending)[pending.sequence]
            step.size -= pending.transaction.head.size
            if not step.newer and not step.older:
                del self._steps[pending.step]

    def least(self, below: int, count: int, size: int) -> tuple[Pending, ...] | None:
        """Choose at least so many, of so many bytes together, of the lowest steps below one; None: they are too few.

        Of one step the newest, so that the later records of an author go before the earlier ones.
        """
        lower = [self._steps[step] for step in sorted(self._steps) if step < below]
        if sum(map(len, lower)) < count or sum(step.size for step in lower) < size:
            return None
        chosen: list[Pending] = []
        for pending in chain.from_iterable(step.newest_first() for step in lower):
            if count <= 0 and size <= 0:
                break
            chosen.append(pending)
            count -= 1
            size -= pending.transaction.size
        return tuple(chosen)
