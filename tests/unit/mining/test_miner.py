"""The mining thread: one job at a time, dropped at once, at a given pace."""

import queue
import threading
import time
from collections.abc import Iterator

import pytest

from p2pchain.mining import miner as module
from p2pchain.mining.miner import Job, Miner
from p2pchain.mining.search import NONCE_END, SLICE_HASHES

EASY = 2**256 - 1
HOPELESS = 0


class Finds:
    """What the miner found, in order."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()

    def __call__(self, job: int, nonce: int) -> None:
        self.queue.put((job, nonce))


class Steps:
    """A clock that moves on a little each time somebody looks at it."""

    def __init__(self, step_s: float) -> None:
        self.moment_s = 0.0
        self.waiting = threading.Event()
        self._step_s = step_s

    def __call__(self) -> float:
        self.moment_s += self._step_s
        return self.moment_s


@pytest.fixture
def finds() -> Finds:
    return Finds()


@pytest.fixture
def miner(finds: Finds) -> Iterator[Miner]:
    started = Miner(finds, time.monotonic)
    yield started
    started.close()


def test_it_tells_which_job_a_nonce_is_for(miner: Miner, finds: Finds) -> None:
    for number in (1, 2):
        miner.start(Job(number, bytes(92), EASY, 77))
        assert finds.queue.get(timeout=30) == (number, 77)


def test_a_new_job_takes_the_place_of_the_old_one(miner: Miner, finds: Finds) -> None:
    miner.start(Job(1, bytes(92), HOPELESS, 0))
    miner.start(Job(2, bytes(92), EASY, 5))
    assert finds.queue.get(timeout=30) == (2, 5)


def test_a_stopped_job_finds_nothing(finds: Finds) -> None:
    miner = Miner(finds, time.monotonic)
    miner.start(Job(1, bytes(92), HOPELESS, 0))
    miner.stop()
    miner.close()
    assert finds.queue.empty()
    assert not any(thread.name.startswith("miner") for thread in threading.enumerate())


def test_the_pace_is_kept_by_the_clock_that_it_is_given(finds: Finds) -> None:
    """Each look at the clock finds a ms gone by, so the miner can be in time only by trying no more than its rate."""
    clock = Steps(step_s=0.001)
    miner = Miner(finds, clock, rate=1_000)
    miner.start(Job(1, bytes(92), HOPELESS, 0))
    while clock.moment_s < 1.0:
        clock.waiting.wait(0.001)
    tried = sum(miner._hashes)
    passed_s = clock.moment_s
    miner.close()
    assert tried <= 1_000 * passed_s + 10


def test_a_thread_that_was_kept_waiting_catches_up(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    moment_s = 100.0
    tried: queue.SimpleQueue[int] = queue.SimpleQueue()
    monkeypatch.setattr(module, "search", lambda _header, _start, count, _target: tried.put(count))
    miner = Miner(finds, lambda: moment_s, rate=1_000)
    miner.start(Job(1, bytes(92), HOPELESS, 0))
    assert tried.get(timeout=30) == 5
    moment_s += 3.005
    assert tried.get(timeout=30) == 3_000
    moment_s += 1e9
    while (count := tried.get(timeout=30)) != SLICE_HASHES:
        assert count == 5
    miner.close()


def test_several_threads_search_different_nonces(finds: Finds) -> None:
    miner = Miner(finds, time.monotonic, threads=3)
    for number in range(1, 20):
        miner.start(Job(number, bytes(92), EASY, 5))
        job, nonce = finds.queue.get(timeout=30)
        assert job == number
        assert nonce in {5, 5 + NONCE_END // 3, 5 + 2 * (NONCE_END // 3)}
    miner.close()
    assert finds.queue.empty()


def test_the_rate_is_what_was_tried_since_it_was_last_asked(finds: Finds) -> None:
    moment = 100.0
    miner = Miner(finds, lambda: moment)
    assert miner.take_hash_rate() == 0
    miner.start(Job(1, bytes(92), EASY, 0))
    finds.queue.get(timeout=30)
    moment = 102.0
    assert miner.take_hash_rate() > 0
    moment = 104.0
    assert miner.take_hash_rate() == 0
    miner.close()
