"""The `p2pchain` command, with an event loop that notes in a file how late it ever was.

The loop is asked to call back every few milliseconds; how much later it does is what any peer would have waited. Beside
it stands the longest one without the time for which the thread could have run and had no core (Linux tells): on a
machine that is busy with other things most of it is theirs.
"""

import mmap
import os
import struct
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from pathlib import Path

from p2pchain.cli.main import main
from p2pchain.daemon import service

STALL_FILE = "BENCH_STALL_FILE"
INTERVAL_S = 0.005
LONGEST = struct.Struct("dd")
SCHEDSTAT = Path("/proc/self/schedstat")  # its second number: ns for which the first thread waited for a core

LoopFactory = Callable[[], AbstractEventLoop]


class Probe:
    """Watches one loop. What it notes stays, however the process ends; whoever reads it may set it back to zero."""

    def __init__(self, loop: AbstractEventLoop, path: Path) -> None:
        self._loop = loop
        path.write_bytes(LONGEST.pack(0, 0))
        with path.open("r+b") as file:
            self._longest = mmap.mmap(file.fileno(), LONGEST.size)
        self._waits = SCHEDSTAT.open("rb", buffering=0)
        self._waited = self._wait_s()
        self._due = time.perf_counter()

    def beat(self) -> None:
        """Note how late this call is, and ask for the next."""
        now, waited = time.perf_counter(), self._wait_s()
        late = now - self._due
        longest, own = LONGEST.unpack(self._longest[:])
        if late > min(longest, own):
            self._longest[:] = LONGEST.pack(max(longest, late), max(own, late - (waited - self._waited)))
        self._waited = waited
        self._due = now + INTERVAL_S
        self._loop.call_later(INTERVAL_S, self.beat)

    def _wait_s(self) -> float:
        self._waits.seek(0)
        return int(self._waits.read(100).split()[1]) / 1e9


def probed(factory: LoopFactory | None, path: Path) -> LoopFactory:
    """Make loops as before, each with a probe."""

    def make() -> AbstractEventLoop:
        if factory is None:
            raise AssertionError("the loop to be measured is uvloop's")
        loop = factory()
        loop.call_soon(Probe(loop, path).beat)
        return loop

    return make


if __name__ == "__main__":
    chosen = probed(service.loop_factory(), Path(os.environ[STALL_FILE]))
    service.loop_factory = lambda: chosen
    main()
