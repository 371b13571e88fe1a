"""Virtual time: what is to happen, in order, and nothing else moves the clock."""

import heapq
import random
from collections.abc import Callable

# An arbitrary Tuesday: simulated timestamps should look like timestamps.
EPOCH_MS = 1_700_000_000_000


class World:
    """A queue of calls by virtual time in ms, and the one source of chance."""

    def __init__(self, seed: int) -> None:
        """Start at moment zero."""
        self.rng = random.Random(seed)
        self.ticks_ms = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def call_at(self, ticks_ms: int, call: Callable[[], None]) -> None:
        """Have something happen at a moment; things of one moment happen in the order in which they were asked for."""
        self._count += 1
        heapq.heappush(self._queue, (max(ticks_ms, self.ticks_ms), self._count, call))

    def call_later(self, delay_ms: int, call: Callable[[], None]) -> None:
        """Have something happen after a time."""
        self.call_at(self.ticks_ms + delay_ms, call)

    def run_until(self, ticks_ms: int) -> None:
        """Let everything happen up to a moment."""
        while self._queue and self._queue[0][0] <= ticks_ms:
            self.ticks_ms, _, call = heapq.heappop(self._queue)
            call()
        self.ticks_ms = ticks_ms

    def run_until_true(self, condition: Callable[[], bool], limit_ms: int, step_ms: int = 100) -> bool:
        """Let things happen until a condition holds, or for `limit_ms` at most; says whether it does."""
        end = self.ticks_ms + limit_ms
        while not condition():
            if self.ticks_ms >= end:
                return False
            self.run_until(min(end, self.ticks_ms + step_ms))
        return True
