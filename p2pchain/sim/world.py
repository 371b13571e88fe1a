"""Virtual time: what is to happen, in order, and nothing else moves the clock."""

import heapq
import random
from collections.abc import Callable
from hashlib import blake2b

# An arbitrary Tuesday: simulated timestamps should look like timestamps.
EPOCH_MS = 1_700_000_000_000

TRACE_SIZE = 16


class World:
    """A queue of calls by virtual time in ms, and the one source of chance.

    `events` counts what was traced.
    """

    def __init__(self, seed: int) -> None:
        """Start at moment zero."""
        self.rng = random.Random(seed)
        self.ticks_ms = 0
        self.events = 0
        self._moments: list[int] = []
        self._calls: dict[int, list[Callable[[], None]]] = {}
        self._trace = blake2b(digest_size=TRACE_SIZE)

    @property
    def digest(self) -> str:
        """What all traced events come to, in their order: two runs of one seed have the same."""
        return self._trace.hexdigest()

    def trace(self, what: bytes) -> None:
        """Let something that happened, and when, count in the digest."""
        self.events += 1
        self._trace.update(b"%d %d %b" % (self.ticks_ms, len(what), what))

    def call_at(self, ticks_ms: int, call: Callable[[], None]) -> None:
        """Have something happen at a moment; things of one moment happen in the order in which they were asked for."""
        ticks_ms = max(ticks_ms, self.ticks_ms)
        calls = self._calls.get(ticks_ms)
        if calls is None:
            self._calls[ticks_ms] = [call]
            heapq.heappush(self._moments, ticks_ms)
        else:
            calls.append(call)

    def call_later(self, delay_ms: int, call: Callable[[], None]) -> None:
        """Have something happen after a time."""
        self.call_at(self.ticks_ms + delay_ms, call)

    def run_until(self, ticks_ms: int) -> None:
        """Let everything happen up to a moment."""
        moments = self._moments
        while moments and moments[0] <= ticks_ms:
            self.ticks_ms = heapq.heappop(moments)
            for call in self._calls.pop(self.ticks_ms):
                call()
        self.ticks_ms = ticks_ms

    def run_for(self, ms: int) -> None:
        """Let time pass."""
        self.run_until(self.ticks_ms + ms)

    def run_until_true(self, condition: Callable[[], bool], limit_ms: int, step_ms: int = 100) -> bool:
        """Let things happen until a condition holds, or for `limit_ms` at most; says whether it does."""
        end = self.ticks_ms + limit_ms
        while not condition():
            if self.ticks_ms >= end:
                return False
            self.run_until(min(end, self.ticks_ms + step_ms))
        return True
