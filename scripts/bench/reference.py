"""What this machine can do at all: signature checks with nothing around them."""

import threading
import time
from collections.abc import Sequence

from p2pchain.chain.keys import Check
from p2pchain.daemon.signature_pool import packed, start_pool

CHECKS = 8_000


def checks_per_s(checks: Sequence[Check], threads: int = 1) -> float:
    """Count the checks that so many threads make in a second, all in one batch."""
    batch = [packed(check) for check in checks]
    done = threading.Event()
    pool = start_pool(lambda _number, _verdicts: done.set(), threads)
    try:
        started = time.perf_counter()
        pool.submit(1, batch, urgent=False)
        done.wait()
        return len(checks) / (time.perf_counter() - started)
    finally:
        pool.close()
