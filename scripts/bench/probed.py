"""The `p2pchain` command, with an event loop that notes in a file how late it ever was.

The loop is asked to call back every few milliseconds; how much later it does is what any peer would have waited.
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
SECONDS = struct.Struct("d")

LoopFactory = Callable[[], AbstractEventLoop]


class Probe:
    """Watches one loop. What it notes stays, however the process ends; whoever reads it may set it back to zero."""

    def __init__(self, loop: AbstractEventLoop, path: Path) -> None:
        self._loop = loop
        path.write_bytes(SECONDS.pack(0))
        with path.open("r+b") as file:
            self._longest = mmap.mmap(file.fileno(), SECONDS.size)
        self._due = time.perf_counter()

    def beat(self) -> None:
        """Note how late this call is, and ask for the next."""
        now = time.perf_counter()
        if now - self._due > SECONDS.unpack(self._longest[:])[0]:
            self._longest[:] = SECONDS.pack(now - self._due)
        self._due = now + INTERVAL_S
        self._loop.call_later(INTERVAL_S, self.beat)


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
