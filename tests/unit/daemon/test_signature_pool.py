"""Threads that check signatures: in C and in Python alike."""

import ctypes
import json
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nacl import _sodium

from p2pchain.chain import keys
from p2pchain.chain.keys import PUBLIC_SIZE, SEED_SIZE, SIGNATURE_SIZE, Check, SigningKey, verify
from p2pchain.daemon import signature_pool as module
from p2pchain.daemon.signature_pool import (
    LESS_URGENT,
    Done,
    NativePool,
    PythonPool,
    SignaturePool,
    packed,
    start_pool,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "ed25519_edge_cases.json"
KEY = SigningKey(bytes(SEED_SIZE))
TASKS = Path("/proc/self/task")
MESSAGE = b"message"
GOOD: Check = (KEY.public, MESSAGE, KEY.sign(MESSAGE))

Answers = queue.SimpleQueue[tuple[int, bytes]]
Make = Callable[[Done, int], SignaturePool]


def native_pool(done: Done, threads: int) -> SignaturePool:
    native, address = module._native
    assert native is not None
    return NativePool(done, threads, native, address)


@pytest.fixture
def answers() -> Answers:
    return queue.SimpleQueue()


@pytest.fixture(params=[native_pool, PythonPool] if module._native[0] is not None else [PythonPool])
def pool(request: pytest.FixtureRequest, answers: Answers) -> Iterator[SignaturePool]:
    made = request.param(lambda *found: answers.put(found), 2)
    yield made
    made.close()


def verdicts_of(pool: SignaturePool, answers: Answers, checks: list[Check]) -> list[bool]:
    """What the pool says, of checks of any size: a batch for each size."""
    places: dict[int, list[int]] = {}
    for place, check in enumerate(checks):
        places.setdefault(len(packed(check)), []).append(place)
    for number, group in enumerate(places.values()):
        pool.submit(number, [packed(checks[place]) for place in group], urgent=False)
    found = dict(answers.get(timeout=30) for _ in places)
    judged = {
        place: bool(verdict)
        for number, group in enumerate(places.values())
        for place, verdict in zip(group, found[number], strict=True)
    }
    return [judged[place] for place in range(len(checks))]


def test_the_threads_in_c_are_built_where_a_compiler_is() -> None:
    assert module._native[0] is not None or shutil.which("cc") is None


def test_every_published_edge_case_is_judged_alike(pool: SignaturePool, answers: Answers) -> None:
    cases = json.loads(VECTORS.read_text("utf-8"))
    checks = [
        (bytes.fromhex(case["key"]), case["message"].encode(), bytes.fromhex(case["signature"]))
        for case in cases
    ]
    assert len(checks) == 914
    assert verdicts_of(pool, answers, checks) == [case["valid"] for case in cases]


def test_whatever_is_damaged_is_judged_as_by_a_single_check(pool: SignaturePool, answers: Answers) -> None:
    checks: list[Check] = []
    for number in range(100):
        key = SigningKey(bytes([number]) * SEED_SIZE)
        message = bytes(number % 40)
        signature = key.sign(message)
        checks.append((key.public, message, signature))
        checks.append((key.public, message + b"!", signature))
        checks.append((key.public, message, bytes(63) + bytes([number])))
        for damaged in (number % PUBLIC_SIZE, PUBLIC_SIZE + number % SIGNATURE_SIZE):
            both = bytearray(key.public + signature)
            both[damaged] ^= 1 << number % 8
            checks.append((bytes(both[:PUBLIC_SIZE]), message, bytes(both[PUBLIC_SIZE:])))
    expected = [verify(*check) for check in checks]
    assert expected == [True, False, False, False, False] * 100
    assert verdicts_of(pool, answers, checks) == expected


def test_many_batches_are_each_answered_once_in_full(pool: SignaturePool, answers: Answers) -> None:
    forged = (KEY.public, b"another", GOOD[2])
    sizes = [1, 2, 15, 16, 17, 64, 65, 200]
    for number, size in enumerate(sizes):
        checks = [packed(forged if place % 3 == 1 else GOOD) for place in range(size)]
        pool.submit(number, checks, urgent=number % 2 == 0)
    found = dict(answers.get(timeout=30) for _ in sizes)
    assert found == {
        number: bytes(place % 3 != 1 for place in range(size)) for number, size in enumerate(sizes)
    }
    assert answers.empty()


OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulonglong, ctypes.c_void_p
)


class Gate:
    """A check that waits for leave, in place of the real one."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        del public, message, signature
        self.begun.release()
        return self.leave.acquire(timeout=30)

    def open_pool(self, kind: str, done: Done, monkeypatch: pytest.MonkeyPatch) -> SignaturePool:
        """One thread, whose every check comes through here."""
        if kind == "Python":
            monkeypatch.setattr(keys, "verify", self.verify)
            return PythonPool(done, 1)
        self.function = OPEN(lambda *_: 0 if self.verify(b"", b"", b"") else 1)
        native = module._native[0]
        assert native is not None
        address = ctypes.cast(self.function, ctypes.c_void_p).value
        assert address is not None
        return NativePool(done, 1, native, address)


KINDS = ["C", "Python"] if module._native[0] is not None else ["Python"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_urgent_overtakes_a_batch_that_has_begun(
    kind: str, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    pool = gate.open_pool(kind, lambda *found: answers.put(found), monkeypatch)
    try:
        pool.submit(1, [packed(GOOD)] * 200, urgent=False)
        assert gate.begun.acquire(timeout=30)
        pool.submit(2, [packed(GOOD)], urgent=False)
        pool.submit(3, [packed(GOOD)], urgent=True)
        gate.leave.release(202)
        assert [answers.get(timeout=30)[0] for _ in range(3)] == [3, 1, 2]
    finally:
        gate.leave.release(1_000)
        pool.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_not_begun_when_it_closes_is_dropped(
    kind: str, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    pool = gate.open_pool(kind, lambda *found: answers.put(found), monkeypatch)
    pool.submit(1, [packed(GOOD)] * 1_000, urgent=False)
    assert gate.begun.acquire(timeout=30)
    closing = threading.Thread(target=pool.close)
    closing.start()
    gate.leave.release(1_000)
    closing.join(30)
    assert not closing.is_alive()
    assert answers.empty()


def test_the_threads_in_c_stand_behind_all_others() -> None:
    """Linux gives each thread a priority of its own; `nice` is the 17th field after the name."""
    native, address = module._native
    if native is None:
        return
    before = set(TASKS.iterdir())
    answered = threading.Event()
    pool = NativePool(lambda *_: answered.set(), 3, native, address)
    try:
        pool.submit(1, [packed(GOOD)] * 100, urgent=False)
        assert answered.wait(30)
        # The first share is done by a thread that has begun; each of the others sets its own before its first.
        stats = [
            (task / "stat").read_text("ascii").rpartition(")")[2].split()
            for task in set(TASKS.iterdir()) - before
        ]
        niceness = sorted(int(stat[16]) for stat in stats)
        assert niceness[0] == 0
        assert niceness[-1] == LESS_URGENT
    finally:
        pool.close()
    # The kernel lists a thread for a moment after it was joined.
    ends = time.monotonic() + 30
    while not set(TASKS.iterdir()) <= before:
        assert time.monotonic() < ends


@pytest.mark.parametrize(
    ("checks", "count"), [(b"", 0), (b"", 1), (bytes(95), 1), (bytes(200), 3), (bytes(128), -1)]
)
def test_what_is_no_check_is_refused_by_the_threads_in_c(checks: bytes, count: int) -> None:
    native, address = module._native
    if native is None:
        return
    pool = native.open_pool(address, 1, LESS_URGENT)
    with pytest.raises(ValueError, match="expected checks of one size"):
        native.submit(pool, 1, checks, count, False)
    native.close_pool(pool)
    assert native.collect(pool) is None


def test_without_a_compiler_the_threads_are_in_python(
    monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", missing)
    assert module._load_native() == (None, 0)
    monkeypatch.setattr(module, "_native", (None, 0))
    pool = start_pool(lambda *found: answers.put(found))
    assert isinstance(pool, PythonPool)
    pool.submit(7, [packed(GOOD)], urgent=True)
    assert answers.get(timeout=30) == (7, b"\x01")
    pool.close()


def test_a_libsodium_that_is_bound_otherwise_is_not_called_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_OPEN_TYPE", "int(*)(void)")
    assert module._load_native() == (None, 0)
    monkeypatch.delattr(_sodium, "ffi")
    assert module._load_native() == (None, 0)
