"""Has signatures checked, each once: what was found sound is remembered, by its whole head."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from p2pchain.chain.transaction import Transaction
from p2pchain.daemon.signature_pool import THREADS, packed, start_pool

# Heads remembered as sound, about 300 bytes each: a block's transactions have mostly been seen before.
SOUND_MAX = 50_000

# Records go to the threads by so many, and no more than this before they are done: of those that wait a block may
# bring some, and they are not checked again then. It is enough for a thread not to run dry while the loop is busy.
SHARE = 128
SHARES_PER_THREAD = 2

Tell = Callable[[list[bool]], None]


@dataclass(slots=True, eq=False)
class _Batch:
    """Transactions, and their verdicts as far as they are known; `begun` of them were looked at."""

    transactions: Sequence[Transaction]
    tell: Tell
    begun: int = 0
    verdicts: list[bool] = field(init=False)
    open: int = field(init=False)

    def __post_init__(self) -> None:
        self.verdicts = [True] * len(self.transactions)
        self.open = len(self.transactions)


class Signatures:
    """Batches on their way to the threads and back. May be called from any thread."""

    def __init__(self, threads: int = THREADS) -> None:
        """Start with nothing remembered."""
        self._checking_max = SHARES_PER_THREAD * threads
        self._lock = threading.Lock()
        self._sound: OrderedDict[bytes, None] = OrderedDict()
        self._waiting: deque[_Batch] = deque()
        self._checking: dict[int, tuple[_Batch, list[int]]] = {}
        self._numbers = count(1)
        self._pool = start_pool(self._done, threads)

    def check(self, transactions: Sequence[Transaction], tell: Tell) -> None:
        """Say of each whether its signature is valid, by a call to `tell`, from any thread."""
        self._waiting.append(_Batch(transactions, tell))
        self._feed_if_free()

    def check_first(self, transactions: Sequence[Transaction], sound: frozenset[bytes], tell: Tell) -> None:
        """Do the same before all that waits: others wait for a block. The heads in `sound` are known to be so."""
        batch = _Batch(transactions, tell)
        # Without the lock: it takes a while, and the loop must not wait for it. Nobody else has the batch yet.
        if self._begin(batch, len(transactions), sound, urgent=True):
            self._tell([batch])

    def close(self) -> None:
        """Drop what is not done, and end the threads."""
        self._pool.close()

    def _feed_if_free(self) -> None:
        """Keep the threads busy, unless somebody does so now: who has the lock looks again after giving it back.

        So the loop never waits for a thread that has the lock and no core, nor the interpreter.
        """
        while self._has_work() and self._lock.acquire(blocking=False):
            try:
                known = self._feed()
            finally:
                self._lock.release()
            self._tell(known)

    def _has_work(self) -> bool:
        return bool(self._waiting) and len(self._checking) < self._checking_max

    def _feed(self) -> list[_Batch]:
        """Do so; returns the batches of which nothing is open, as all in them is known."""
        known: list[_Batch] = []
        while self._has_work():
            batch = self._waiting[0]
            is_known = self._begin(batch, SHARE, frozenset(), urgent=False)
            if batch.begun == len(batch.transactions):
                self._waiting.popleft()
            if is_known:
                known.append(batch)
        return known

    def _begin(self, batch: _Batch, size: int, sound: frozenset[bytes], *, urgent: bool) -> bool:
        """Give so many of a batch to the threads, without those that are known; says whether nothing is open then."""
        places = range(batch.begun, min(batch.begun + size, len(batch.transactions)))
        batch.begun = places.stop
        unknown = [
            place
            for place in places
            if (raw := batch.transactions[place].head.raw) not in self._sound and raw not in sound
        ]
        batch.open -= len(places) - len(unknown)
        if not unknown:
            return batch.open == 0
        number = next(self._numbers)
        self._checking[number] = batch, unknown
        self._pool.submit(number, [_check(batch.transactions[place]) for place in unknown], urgent)
        return False

    def _done(self, number: int, verdicts: bytes) -> None:
        with self._lock:
            batch, places = self._checking.pop(number)
            for place, valid in zip(places, verdicts, strict=True):
                batch.verdicts[place] = bool(valid)
                if valid:
                    self._sound[batch.transactions[place].head.raw] = None
            while len(self._sound) > SOUND_MAX:
                self._sound.popitem(last=False)
            batch.open -= len(places)
            told = [batch] if not batch.open else []
        self._tell(told)
        self._feed_if_free()

    @staticmethod
    def _tell(batches: list[_Batch]) -> None:
        for batch in batches:
            batch.tell(batch.verdicts)


def _check(transaction: Transaction) -> bytes:
    return packed((transaction.author, transaction.txid, transaction.head.signature))
