"""Threads that check signatures and nothing else: in C where that was built at installation, else in Python.

Those in C never hold the interpreter, so they can be less urgent than the threads that do: whoever checks many
signatures then takes the time that the loop and the disk leave.
"""

import os
import queue
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import count
from types import ModuleType
from typing import Protocol

from p2pchain.chain import keys
from p2pchain.chain.keys import PUBLIC_SIZE, SIGNATURE_SIZE, Check

THREADS = os.cpu_count() or 1

# How many steps of `nice` the threads in C stand behind the others.
LESS_URGENT = 10

# How many checks a thread in Python takes at a time, after which something more urgent has its turn.
SHARE = 64
URGENT, NORMAL, END = range(3)

# Is told the number of a batch, and a byte for each check in it, 1 where the signature is valid; by any thread.
Done = Callable[[int, bytes], None]

_OPEN_TYPE = (
    "int(*)(unsigned char *, unsigned long long *, unsigned char *, unsigned long long, unsigned char *)"
)


class SignaturePool(Protocol):
    """Takes batches of checks, one after another or an urgent one before all others."""

    def submit(self, number: int, checks: Sequence[bytes], urgent: bool) -> None:
        """Queue a batch under a number, of one check or more, each as `packed` gives it and all of one size."""

    def close(self) -> None:
        """End the threads; what is not done by then is dropped."""


def packed(check: Check) -> bytes:
    """Write a check down as the threads read it: a key, a signature of its full length, and what is signed."""
    public, message, signature = check
    return b"".join((public, signature, message))


def start_pool(done: Done, threads: int = THREADS) -> SignaturePool:
    """Start the fastest pool that there is here."""
    native, address = _native
    return PythonPool(done, threads) if native is None else NativePool(done, threads, native, address)


class NativePool:
    """Threads in C, and one in Python that brings what they found."""

    def __init__(self, done: Done, threads: int, native: ModuleType, open_address: int) -> None:
        """Start them; `open_address` is that of libsodium's function, which says what is valid."""
        self._done = done
        self._native = native
        self._pool = native.open_pool(open_address, threads, LESS_URGENT)
        self._collector = threading.Thread(target=self._collect, name="verifier", daemon=True)
        self._collector.start()

    def submit(self, number: int, checks: Sequence[bytes], urgent: bool) -> None:
        """Queue a batch."""
        self._native.submit(self._pool, number, b"".join(checks), len(checks), urgent)

    def close(self) -> None:
        """End the threads."""
        self._native.close_pool(self._pool)
        self._collector.join()

    def _collect(self) -> None:
        while (found := self._native.collect(self._pool)) is not None:
            self._done(*found)


class _Batch:
    """Verdicts that come in by shares."""

    def __init__(self, number: int, checks: Sequence[bytes]) -> None:
        self.number = number
        self.checks = checks
        self.verdicts = bytearray(len(checks))
        self._open = len(checks)
        self._lock = threading.Lock()

    def check(self, start: int) -> bool:
        """Check one share; says whether it was the last."""
        places = range(start, min(start + SHARE, len(self.checks)))
        for place in places:
            self.verdicts[place] = _is_valid(self.checks[place])
        with self._lock:
            self._open -= len(places)
            return self._open == 0


class PythonPool:
    """Threads that wait for the interpreter after each check."""

    def __init__(self, done: Done, threads: int) -> None:
        """Start them."""
        self._done = done
        self._closed = False
        self._shares: queue.PriorityQueue[tuple[int, int, _Batch, int]] = queue.PriorityQueue()
        self._numbers = count()
        self._threads = [
            threading.Thread(target=self._run, name=f"verifier-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, number: int, checks: Sequence[bytes], urgent: bool) -> None:
        """Queue a batch."""
        self._put(URGENT if urgent else NORMAL, _Batch(number, checks))

    def close(self) -> None:
        """End the threads."""
        self._closed = True
        for _ in self._threads:
            self._shares.put((END, next(self._numbers), _Batch(0, ()), 0))
        for thread in self._threads:
            thread.join()

    def _put(self, turn: int, batch: _Batch) -> None:
        for start in range(0, len(batch.checks), SHARE):
            self._shares.put((turn, next(self._numbers), batch, start))

    def _run(self) -> None:
        while not self._closed:
            turn, _, batch, start = self._shares.get()
            if turn != END and batch.check(start):
                self._done(batch.number, bytes(batch.verdicts))


def _is_valid(check: bytes) -> bool:
    public, signed = check[:PUBLIC_SIZE], check[PUBLIC_SIZE:]
    return keys.verify(public, signed[SIGNATURE_SIZE:], signed[:SIGNATURE_SIZE])


def _load_native() -> tuple[ModuleType | None, int]:
    """Find the threads in C, and libsodium's function for them; there are none where no compiler was at hand.

    The function is the one that `keys.verify` comes down to, so both judge alike. PyNaCl does not promise its place.
    """
    try:
        from nacl._sodium import ffi, lib  # noqa: PLC0415  # its private part, which may change

        native = import_module("p2pchain.daemon._signature_pool")
        function = ffi.addressof(lib, "crypto_sign_open")
        if ffi.typeof(function).cname != _OPEN_TYPE:
            return None, 0
    except (ImportError, AttributeError):
        return None, 0
    return native, int(ffi.cast("uintptr_t", function))


_native = _load_native()
