"""How fast this machine searches: hashes a second of one thread, measured by searching for what cannot be found."""

import math
from collections.abc import Callable

from p2pchain.chain.header import HEADER_SIZE
from p2pchain.mining.search import SLICE_HASHES, search

UNREACHABLE = 0  # no hash meets it
HASHES = SLICE_HASHES // 5  # at a time, about a ms: seldom interrupted in the middle


def measure_rate(clock: Callable[[], float], seconds: float) -> int:
    """Search for so long; `clock` gives seconds and never goes back. Gives hashes a second, at least 1.

    It is the rate of the fastest ms or so: what else runs on this machine at the moment is not to count.
    """
    header = bytes(HEADER_SIZE)
    started = now = clock()
    fastest = math.inf
    while now < started + seconds:
        search(header, 0, HASHES, UNREACHABLE)
        ended = clock()
        if ended > now:
            fastest = min(fastest, ended - now)
        now = ended
    return max(1, round(HASHES / fastest))
