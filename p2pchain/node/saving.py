"""Saves what changes often, now and then: peers cause the changes, and must not cause a write each."""

from collections.abc import Callable

from p2pchain.node.events import Now
from p2pchain.node.timers import Timers


class Saving:
    """Calls `save` a while after the first change that was not saved, or at once where that is asked."""

    def __init__(self, timers: Timers, interval_ms: int, save: Callable[[], None]) -> None:
        """Take how long a change may wait."""
        self._timers = timers
        self._interval_ms = interval_ms
        self._save = save
        self._waiting = False

    def soon(self, now: Now) -> None:
        """Note a change."""
        if not self._waiting:
            self._waiting = True
            self._timers.call_at(now.ticks_ms + self._interval_ms, lambda _: self.flush())

    def at_once(self) -> None:
        """Save a change that somebody waits for."""
        self._waiting = False
        self._save()

    def flush(self) -> None:
        """Save what waits to be."""
        if self._waiting:
            self.at_once()
