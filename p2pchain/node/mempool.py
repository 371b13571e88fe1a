"""The pending transactions in memory: those that the chain does not hold yet, in the order in which they came."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from p2pchain.chain.transaction import Transaction
from p2pchain.node.density import Pending, step_of
from p2pchain.node.limits import SWEPT_PER_TURN
from p2pchain.node.ports import StoredPending
from p2pchain.node.room import Room
from p2pchain.node.timers import Slices

# Places that nobody has any more are passed over by everyone who reads on: more of them are let go of.
EMPTY_MAX = 50


class Mempool:
    """A mirror of what the store keeps as pending, as far as there is room.

    `waiting` counts what is on disk only, `left` what was ever taken out. What is taken out is here no more; its room,
    and its place in the orders, are swept up afterwards, for a block takes out thousands.
    """

    def __init__(self, restored: Sequence[StoredPending] = (), waiting: int = 0) -> None:
        """Start from what is on disk, oldest first, with so many more behind it."""
        self._by_txid: dict[bytes, Pending] = {}
        self._by_sequence: dict[int, Pending] = {}
        self._by_place: dict[int, Pending] = {}
        self._sequences: list[int] = []
        self._places: list[int] = []
        self._gone: deque[Pending] = deque()
        self._next = 1
        self.size = 0
        self.left = 0
        self.room = Room()
        self.waiting = waiting + len(restored)
        self.take_back(restored)

    def __len__(self) -> int:
        """How many transactions are in memory."""
        return len(self._by_txid)

    def __contains__(self, txid: bytes) -> bool:
        """Whether a transaction is in memory."""
        return txid in self._by_txid

    def __iter__(self) -> Iterator[Pending]:
        """All, in the order in which they came."""
        return filter(self._is_here, self._by_sequence.values())

    @property
    def total(self) -> int:
        """How many transactions are pending, those that wait on disk too."""
        return len(self._by_txid) + self.waiting

    @property
    def next_sequence(self) -> int:
        """The place that the next one will get."""
        return self._next

    def for_template(self) -> Iterator[Transaction]:
        """All, in the order in which blocks should take them: what is older, as on disk, then by arrival."""
        for place in self._places:
            pending = self._by_place.get(place)
            if pending is not None and self._is_here(pending):
                yield pending.transaction
        yield from (pending.transaction for pending in self if pending.place is None)

    def is_full_for(self, author: bytes) -> bool:
        """Whether an author has used up its share."""
        if self.room.is_full_for(author):
            self._sweep_all()
        return self.room.is_full_for(author)

    def has_slice(self) -> bool:
        """Whether a slice from the disk can be taken in, on top of the bounds."""
        if not self.room.has_slice():
            self._sweep_all()
        return self.room.has_slice()

    def claim(self, transaction: Transaction) -> tuple[Pending, ...] | None:
        """Claim room for a newcomer; returns who has to leave for it, or None where there is no room to be had."""
        if self.room.is_short_for(transaction):
            self._sweep_all()
        return self.room.claim(transaction)

    def add(self, transaction: Transaction, source: int | None, victims: tuple[Pending, ...] = ()) -> None:
        """Put a newcomer at the end, which is on disk and not there yet, and has claimed room."""
        pending = Pending(self._next, transaction, source, step_of(transaction))
        self.room.settle(transaction, victims, pending, self._holds)
        self._enter(pending)

    def release(self, transaction: Transaction, victims: tuple[Pending, ...]) -> None:
        """End the claim of a newcomer that comes to nothing."""
        self.room.settle(transaction, victims, None, self._holds)

    def take_back(self, found: Sequence[StoredPending]) -> int:
        """Take in what waits on disk, in its order, until the room ends; returns how many were passed on the way.

        One that is here already is passed over.
        """
        passed = 0
        for each in found:
            if each.transaction.txid not in self._by_txid:
                if not self.room.fits_slice(each.transaction):
                    self._sweep_all()
                if not self.room.fits_slice(each.transaction):
                    break
                pending = Pending(self._next, each.transaction, None, step_of(each.transaction), each.place)
                self.room.enter(pending)
                self._enter(pending)
                self._by_place[each.place] = pending
                self.waiting -= 1
            passed += 1
        # Made anew: a place on disk may have been another's, which has left.
        self._places = sorted(self._by_place)
        return passed

    def remove(self, txids: Iterable[bytes]) -> None:
        """Take out what is pending no more; what is not here has waited on disk. After many there is to be swept."""
        found = [self._by_txid.pop(txid, None) for txid in txids]
        there = [pending for pending in found if pending is not None]
        self.left += len(found)
        self.waiting -= len(found) - len(there)
        self.size -= sum([pending.transaction.head.size for pending in there])
        self._gone.extend(there)
        self._sweep_some()

    def sweep(self) -> Slices[None]:
        """Sweep up behind what was taken out."""
        while self._gone:
            yield
            self._sweep_some()

    def _sweep_all(self) -> None:
        while self._gone:
            self._sweep_some()

    def _sweep_some(self) -> None:
        gone = [self._gone.popleft() for _ in range(min(len(self._gone), SWEPT_PER_TURN))]
        for pending in gone:
            del self._by_sequence[pending.sequence]
            if pending.place is not None and self._by_place.get(pending.place) is pending:
                del self._by_place[pending.place]
        self.room.leave(gone)
        if len(self._sequences) > 2 * len(self._by_sequence) + EMPTY_MAX:
            self._sequences = list(self._by_sequence)
        if len(self._places) > 2 * len(self._by_place) + EMPTY_MAX:
            self._places = [place for place in self._places if place in self._by_place]

    def find(self, txid: bytes) -> Transaction | None:
        """Find a pending transaction."""
        pending = self._by_txid.get(txid)
        return pending.transaction if pending is not None else None

    def place_of(self, txid: bytes) -> int | None:
        """Give a transaction's place in the order, or None where it is not pending."""
        pending = self._by_txid.get(txid)
        return pending.sequence if pending is not None else None

    def since(self, sequence: int) -> Iterator[Pending]:
        """All from a place in the order onwards."""
        sequences, find = self._sequences, self._by_sequence.get
        for index in range(bisect_left(sequences, sequence), len(sequences)):
            pending = find(sequences[index])
            if pending is not None and self._is_here(pending):
                yield pending

    def after(self, txid: bytes | None) -> Iterator[Pending]:
        """All that came after a transaction; all, where it is None or not pending any more."""
        known = self._by_txid.get(txid) if txid is not None else None
        return self.since(known.sequence + 1 if known is not None else 0)

    def _is_here(self, pending: Pending) -> bool:
        return not self._gone or self._by_txid.get(pending.transaction.txid) is pending

    def _holds(self, pending: Pending) -> bool:
        return pending.sequence in self._by_sequence

    def _enter(self, pending: Pending) -> None:
        self._next += 1
        self._by_txid[pending.transaction.txid] = pending
        self._by_sequence[pending.sequence] = pending
        self._sequences.append(pending.sequence)
        self.size += pending.transaction.size
