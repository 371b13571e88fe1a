"""What a node wants to look at again later. Timers are never cancelled: what they call sees if there is a reason."""

import heapq
from collections import deque
from collections.abc import Callable, Generator
from typing import TypeVar, cast

from p2pchain.node.events import Now
from p2pchain.node.reach import Reach

T = TypeVar("T")
Slices = Generator[None, None, T]


class Timers:
    """Calls due at moments of the clock that never goes back, in ms; and long work, done by slices."""

    def __init__(self) -> None:
        """Start with none."""
        self._heap: list[tuple[int, int, Callable[[Now], None], Reach]] = []
        self._count = 0
        self._steps: deque[tuple[Callable[[Now], None], Reach]] = deque()
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

        `then` is called with what the work returns, and reaches so far. `work` sees for itself if there is still a
        reason to go on.
        """

        def step(later: Now) -> None:
            try:
                next(work)
            except StopIteration as end:
                then(cast("T", end.value), later)
            else:
                self._steps.append((step, reach))

        self._steps.append((step, reach))
        self._steps_ms = now.ticks_ms
        if len(self._steps) == 1:
            self.step(now)

    def step(self, now: Now) -> Reach:
        """Do one slice of what long work there is, of that which has waited longest; says how far it reaches.

        So however much there is to do at a time, all else waits for no more than a slice.
        """
        if not self._steps:
            return Reach.NOTHING
        step, reach = self._steps.popleft()
        step(now)
        return reach

    def wakes_at(self) -> int | None:
        """Name the moment of the next call or slice, or None."""
        moments = [self._heap[0][0]] if self._heap else []
        return min([*moments, self._steps_ms] if self._steps else moments, default=None)

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
