"""Threads that search nonces at a given pace, one job at a time, and drop a job within milliseconds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.mining.search import NONCE_END, SLICE_HASHES, search

# At a given pace, that of so many seconds is searched at a time, or more where the thread had to wait for a core.
SLICE_S = 0.005


@dataclass(frozen=True, slots=True)
class Job:
    """A header of 92 bytes to search a nonce for, from `start` on."""

    number: int
    header: bytes
    target: int
    start: int


class Miner:
    """Searches for the newest job; `found` is called, once a job, on one of the miner's threads."""

    def __init__(
        self,
        found: Callable[[int, int], None],
        clock: Callable[[], float],
        rate: int | None = None,
        threads: int = 1,
    ) -> None:
        """Start the threads, idle.

        `rate` is the most hashes a second of all threads together; `clock` gives seconds and never goes back.
        """
        self._found = found
        self._clock = clock
        self._own_rate = None if rate is None else max(1, rate // threads)
        self._condition = threading.Condition()
        self._job: Job | None = None
        self._closed = False
        self._hashes = [0] * threads
        self._told = 0
        self._since_s = clock()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"miner-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def start(self, job: Job) -> None:
        """Search for this job in place of any other."""
        with self._condition:
            self._job = job
            self._condition.notify_all()

    def stop(self) -> None:
        """Search no more."""
        with self._condition:
            self._job = None
            self._condition.notify_all()

    def close(self) -> None:
        """Stop, and end the threads."""
        with self._condition:
            self._job = None
            self._closed = True
            self._condition.notify_all()
        for thread in self._threads:
            thread.join()

    def take_hash_rate(self) -> int:
        """Give the hashes a second since the last call."""
        now_s = self._clock()
        passed_s = now_s - self._since_s
        total = sum(self._hashes)
        hashes, self._told, self._since_s = total - self._told, total, now_s
        return round(hashes / passed_s) if passed_s > 0 else 0

    def _run(self, number: int) -> None:
        done: Job | None = None
        while (job := self._next(done)) is not None:
            self._work(job, number)
            done = job

    def _next(self, done: Job | None) -> Job | None:
        """Wait for a job that this thread has not given up; None is the end."""
        with self._condition:
            while (self._job is None or self._job is done) and not self._closed:
                self._condition.wait()
            return None if self._closed else self._job

    def _work(self, job: Job, number: int) -> None:
        """Search slice by slice, as long as the job stands, in this thread's own part of all nonces."""
        start = (job.start + number * (NONCE_END // len(self._threads))) % NONCE_END
        paid_until_s = self._clock()
        while self._job is job:
            count = self._due(paid_until_s)
            nonce = search(job.header, start, count, job.target)
            self._hashes[number] += count
            if nonce is not None:
                self._finish(job, nonce)
                return
            start = (start + count) % NONCE_END
            if self._own_rate is not None:
                paid_until_s += count / self._own_rate
                self._wait_until(paid_until_s, job)

    def _due(self, since_s: float) -> int:
        """Give how many nonces to try next, at the pace since a moment."""
        if self._own_rate is None:
            return SLICE_HASHES
        due_s = max(SLICE_S, self._clock() - since_s)
        return max(1, min(SLICE_HASHES, round(due_s * self._own_rate)))

    def _wait_until(self, due_s: float, job: Job) -> None:
        """Keep the pace; a new job, or none, ends the wait."""
        with self._condition:
            while self._job is job and (wait_s := due_s - self._clock()) > 0:
                self._condition.wait(wait_s)

    def _finish(self, job: Job, nonce: int) -> None:
        """Tell of a nonce, unless another thread was first or the job does not stand any more."""
        with self._condition:
            if self._job is not job:
                return
            self._job = None
        self._found(job.number, nonce)
