"""The real clocks, as the node is told them."""

import time

from p2pchain.node.events import Now


def now() -> Now:
    """Tell the time: of day, and of the clock that never goes back."""
    return Now(time.time_ns() // 1_000_000, time.monotonic_ns() // 1_000_000)
