"""What a node wants to look at again later. Calls are never cancelled: what is called sees if there is a reason."""

import heapq
from collections import deque
from collections.abc import Callable, Generator
from typing import TypeVar, cast

from p2pchain.node.events import Now
from p2pchain.node.reach import Reach

T = TypeVar("T")
Slices = Generator[None, None, T]
_Work = tuple[Slices[object], Callable[[object, Now], None], Reach]


class Timers:
    """Calls due at moments of the clock that never goes back, in ms; and long work, done by slices."""

    def __init__(self) -> None:
        """Start with none."""
        self._heap: list[tuple[int, int, Callable[[Now], None], Reach]] = []
        self._count = 0
        self._steps: deque[_Work] = deque()
        self._steps_ms = 0

    def call_at(self, ticks_ms: int, call: Callable[[Now], None], reach: Reach = Reach.ALL) -> None:
        """Ask for one call, not before a moment; what it does reaches so far.

        Calls of one moment keep the order in which they were asked for.
        """
        self._count += 1
        heapq.heappush(self._heap, (ticks_ms, self._count, call, reach))

    def in_slices(
        self, work: Slices[T], then: Callable[[T, Now], None], now: Now, reach: Reach = Reach.ALL
    ) -> None:
        """Have work done that may take long, after what others have asked for before; a slice now, if nobody has.

        `then` is called with what the work returns, and reaches so far.
        """
        self._steps.append((work, cast("Callable[[object, Now], None]", then), reach))
        self._steps_ms = now.ticks_ms
        if len(self._steps) == 1:
            self.step(now)

    def step(self, now: Now) -> Reach:
        """Do one slice of what long work there is, of that which has waited longest; says how far it reaches.

        So however much there is to do at a time, all else waits for no more than a slice.
        """
        if not self._steps:
            return Reach.NOTHING
        work, then, reach = each = self._steps.popleft()
        try:
            next(work)
        except StopIteration as end:
            then(end.value, now)
        else:
            self._steps.append(each)
        return reach

    def drop(self, work: Slices[T]) -> None:
        """Have no more of some work done, nor what was to follow it: who drops it often must not fill the queue."""
        self._steps = deque(each for each in self._steps if each[0] is not work)

    def wakes_at(self) -> int | None:
        """Name the moment of the next call or slice, or None."""
        if self._steps:
            return min(self._steps_ms, self._heap[0][0]) if self._heap else self._steps_ms
        return self._heap[0][0] if self._heap else None

    def run(self, now: Now) -> Reach:
        """Make every call that is due; says how far they reach. What these ask for in turn waits for the next run."""
        reached = Reach.NOTHING
        if not self._heap or self._heap[0][0] > now.ticks_ms:
            return reached
        due: list[Callable[[Now], None]] = []
        while self._heap and self._heap[0][0] <= now.ticks_ms:
            _, _, call, reach = heapq.heappop(self._heap)
            due.append(call)
            reached = max(reached, reach)
        for call in due:
            call(now)
        return reached
