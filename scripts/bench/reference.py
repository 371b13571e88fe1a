"""What this machine can do at all: signature checks with nothing around them."""

import threading
import time
from collections.abc import Sequence

from p2pchain.chain import keys

CHECKS = 8_000


def checks_per_s(checks: Sequence[keys.Check], threads: int = 1) -> float:
    """Count the checks that so many threads make in a second, each in one call."""
    shares = [checks[number::threads] for number in range(threads)]
    workers = [threading.Thread(target=keys.verify_all, args=(share,)) for share in shares]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(checks) / (time.perf_counter() - started)
