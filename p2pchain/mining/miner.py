"""A thread that searches nonces at a given pace, one job at a time, and drops a job within milliseconds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.mining.search import SLICE_HASHES, search

# At a given pace, that of so many seconds is searched at a time.
SLICE_S = 0.005


@dataclass(frozen=True, slots=True)
class Job:
    """A header of 92 bytes to search a nonce for, from `start` on."""

    number: int
    header: bytes
    target: int
    start: int


class Miner:
    """Searches for the newest job; `found` is called on the miner's thread."""

    def __init__(
        self, found: Callable[[int, int], None], clock: Callable[[], float], rate: int | None = None
    ) -> None:
        """Start the thread, idle. `rate` is the most hashes a second; `clock` gives seconds and never goes back."""
        self._found = found
        self._clock = clock
        self._slice = SLICE_HASHES if rate is None else max(1, min(SLICE_HASHES, round(rate * SLICE_S)))
        self._pause_s = 0.0 if rate is None else self._slice / rate
        self._condition = threading.Condition()
        self._job: Job | None = None
        self._closed = False
        self._hashes = 0
        self._since_s = clock()
        self._thread = threading.Thread(target=self._run, name="miner", daemon=True)
        self._thread.start()

    def start(self, job: Job) -> None:
        """Search for this job in place of any other."""
        with self._condition:
            self._job = job
            self._condition.notify()

    def stop(self) -> None:
        """Search no more."""
        with self._condition:
            self._job = None
            self._condition.notify()

    def close(self) -> None:
        """Stop, and end the thread."""
        with self._condition:
            self._job = None
            self._closed = True
            self._condition.notify()
        self._thread.join()

    def take_hash_rate(self) -> int:
        """Give the hashes a second since the last call."""
        now_s = self._clock()
        passed_s = now_s - self._since_s
        hashes, self._hashes, self._since_s = self._hashes, 0, now_s
        return round(hashes / passed_s) if passed_s > 0 else 0

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._work(job)

    def _next(self) -> Job | None:
        with self._condition:
            while self._job is None and not self._closed:
                self._condition.wait()
            return self._job

    def _work(self, job: Job) -> None:
        """Search slice by slice, as long as the job stands."""
        start = job.start
        due_s = self._clock()
        while self._job is job:
            nonce = search(job.header, start, self._slice, job.target)
            self._hashes += self._slice
            if nonce is not None:
                self._finish(job, nonce)
                return
            start += self._slice
            due_s += self._pause_s
            self._wait_until(due_s, job)

    def _wait_until(self, due_s: float, job: Job) -> None:
        """Keep the pace; a new job, or none, ends the wait."""
        with self._condition:
            wait_s = due_s - self._clock()
            if wait_s > 0 and self._job is job:
                self._condition.wait(wait_s)

    def _finish(self, job: Job, nonce: int) -> None:
        with self._condition:
            if self._job is not job:
                return
            self._job = None
        self._found(job.number, nonce)
