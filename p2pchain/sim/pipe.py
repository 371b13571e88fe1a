"""One direction of a simulated connection: a send queue with marks, a line that takes time, a reader who may rest."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.net.transport import WRITE_HIGH_BYTES, WRITE_LOW_BYTES
from p2pchain.sim.world import World

# What is put on the line at a time, and what may be under way or unread: a socket's buffers, about.
CHUNK_BYTES = 64 * 1024
WINDOW_BYTES = 256 * 1024

# Of so many pieces one arrives in two parts.
SPLIT_ONE_IN = 12
SPLIT_MS = 3


@dataclass(slots=True)
class Line:
    """How fast bytes get across: so many ms in all, up to so many more by chance, and so many bytes each ms."""

    latency_ms: int
    jitter_ms: int
    bytes_per_ms: float


class Pipe:
    """Carries bytes in order. `queued` is how many wait to be sent."""

    __slots__ = (
        "_deliver",
        "_free_ms",
        "_last",
        "_latest_ms",
        "_mark",
        "_paused",
        "_pumping",
        "_queue",
        "_taken",
        "_under_way",
        "_unread",
        "_world",
        "clogged",
        "line",
        "open",
        "queued",
        "reading",
    )

    def __init__(
        self, world: World, line: Line, deliver: Callable[[bytes], None], mark: Callable[[bool], None]
    ) -> None:
        """Take who reads, and who is told that the queue is long (True) or short again."""
        self._world = world
        self.line = line
        self._deliver = deliver
        self._mark = mark
        self._queue: deque[bytes] = deque()
        self._taken = 0
        self._unread: deque[bytes] = deque()
        self._under_way = 0
        self._free_ms = 0.0
        self._latest_ms = 0
        self._paused = False
        self._pumping = False
        self._last: Callable[[], None] | None = None
        self.queued = 0
        self.clogged = False
        self.reading = True
        self.open = True

    def send(self, data: bytes) -> None:
        """Queue bytes."""
        self._queue.append(data)
        self.queued += len(data)
        self._pump()
        if not self._paused and self.queued > WRITE_HIGH_BYTES:
            self._paused = True
            self._world.call_later(0, lambda: self._tell_mark(paused=True))

    def finish(self, call: Callable[[], None]) -> None:
        """Have something happen once everything that was queued has arrived."""
        self._last = call
        self._pump()

    def clog(self) -> None:
        """Let nothing more onto the line; it waits in the queue."""
        self.clogged = True

    def unclog(self) -> None:
        """Let it flow again."""
        if self.clogged:
            self.clogged = False
            self._pump()

    def pause_reading(self) -> None:
        """Take nothing more out at the far end."""
        self.reading = False

    def resume_reading(self) -> None:
        """Take out what has arrived, and what follows."""
        self.reading = True
        self._world.call_later(0, self._read)

    def _pump(self) -> None:
        """Put on the line what there is room for."""
        while self._queue and not self.clogged and self._under_way < WINDOW_BYTES and self.open:
            now = self._world.ticks_ms
            if self._free_ms > now + 1:
                self._pump_later(math.ceil(self._free_ms))
                return
            chunk = self._take()
            self._free_ms = max(self._free_ms, now) + len(chunk) / self.line.bytes_per_ms
            self._carry(chunk)
        if self._paused and self.queued < WRITE_LOW_BYTES:
            self._paused = False
            self._world.call_later(0, lambda: self._tell_mark(paused=False))
        if self._last is not None and not self._queue:
            last, self._last = self._last, None
            self._world.call_at(self._latest_ms, last)

    def _take(self) -> bytes:
        """Take a piece off the queue."""
        data, start = self._queue[0], self._taken
        chunk = data if len(data) <= CHUNK_BYTES else data[start : start + CHUNK_BYTES]
        self._taken = start + len(chunk)
        if self._taken == len(data):
            self._queue.popleft()
            self._taken = 0
        self.queued -= len(chunk)
        self._under_way += len(chunk)
        return chunk

    def _carry(self, chunk: bytes) -> None:
        """Have a piece arrive, after all earlier ones, at times in two parts."""
        rng, line = self._world.rng, self.line
        arrives = math.ceil(self._free_ms) + line.latency_ms + int(rng.random() * (line.jitter_ms + 1))
        self._latest_ms = max(self._latest_ms, arrives)
        if len(chunk) > 1 and rng.random() * SPLIT_ONE_IN < 1:
            place = 1 + int(rng.random() * (len(chunk) - 1))
            first, chunk = chunk[:place], chunk[place:]
            self._world.call_at(self._latest_ms, lambda: self._arrive(first))
            self._latest_ms += int(rng.random() * (SPLIT_MS + 1))
        self._world.call_at(self._latest_ms, lambda: self._arrive(chunk))

    def _arrive(self, chunk: bytes) -> None:
        if not self.open:
            return
        if self._unread or not self.reading:
            self._unread.append(chunk)
            return
        self._under_way -= len(chunk)
        self._deliver(chunk)
        if self._queue:
            self._pump()

    def _read(self) -> None:
        while self.open and self.reading and self._unread:
            chunk = self._unread.popleft()
            self._under_way -= len(chunk)
            self._deliver(chunk)
        self._pump()

    def _pump_later(self, ticks_ms: int) -> None:
        if not self._pumping:
            self._pumping = True
            self._world.call_at(ticks_ms, self._pump_again)

    def _pump_again(self) -> None:
        self._pumping = False
        self._pump()

    def _tell_mark(self, *, paused: bool) -> None:
        if self.open:
            self._mark(paused)
