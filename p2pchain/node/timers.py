"""What a node wants to look at again later. Timers are never cancelled: what they call sees if there is a reason."""

import heapq
from collections.abc import Callable

from p2pchain.node.events import Now
from p2pchain.node.reach import Reach


class Timers:
    """Calls due at moments of the clock that never goes back, in ms."""

    def __init__(self) -> None:
        """Start with none."""
        self._heap: list[tuple[int, int, Callable[[Now], None], Reach]] = []
        self._count = 0

    def call_at(self, ticks_ms: int, call: Callable[[Now], None], reach: Reach = Reach.ALL) -> None:
        """Ask for one call, not before a moment; what it does reaches so far.

        Calls of one moment keep the order in which they were asked for.
        """
        self._count += 1
        heapq.heappush(self._heap, (ticks_ms, self._count, call, reach))

    def wakes_at(self) -> int | None:
        """Name the moment of the next call, or None."""
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
