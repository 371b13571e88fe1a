"""When Python looks for garbage in cycles: only among the youngest objects, unless the node has nothing else to do.

Left to itself it looks through everything that is pending again and again, a hundred thousand records in a tenth of a
second, and the loop stands still meanwhile; through the middle generation in 5 ms or more. Nearly all garbage is freed
at once, without it: of a million objects that a busy node makes, some ten wait for this.
"""

import gc

# Young objects are looked through often: as many as take about a millisecond.
YOUNG_MAX = 2_000
NEVER = 2**31 - 1

# How many events between two looks count as nothing to do, and how long to wait for that.
IDLE_EVENTS = 20
INTERVAL_S = 60.0
PATIENCE_S = 600.0


class Garbage:
    """Decides when to look through all objects. Times are seconds of a clock that never goes back."""

    def __init__(self, now_s: float) -> None:
        """Leave what was made until now, at the start, out of all looks from now on."""
        self._last_s = now_s
        self._events = 0
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG_MAX, NEVER, NEVER)

    def look(self, now_s: float, events: int) -> bool:
        """Look through everything, if it is time and there is nothing to do. `events` counts what has ever happened."""
        idle = events - self._events < IDLE_EVENTS
        self._events = events
        waited_s = now_s - self._last_s
        if waited_s < INTERVAL_S or not (idle or waited_s >= PATIENCE_S):
            return False
        self._last_s = now_s
        gc.collect()
        return True
