"""The pending transactions: those on disk that the chain does not hold yet, in the order in which they came."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2pchain.chain.transaction import Transaction
from p2pchain.node.limits import MEMPOOL_BYTES_MAX, MEMPOOL_COUNT_MAX


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending transaction, its place in the order of arrival, and the connection it came from, if any.

    `returned` tells that it stood in a block that a reorganisation took off the chain.
    """

    sequence: int
    transaction: Transaction
    source: int | None
    returned: bool = False


class Mempool:
    """A mirror of what the store keeps as pending."""

    def __init__(self, restored: Iterable[Transaction]) -> None:
        """Start from what is on disk, oldest first."""
        self._by_txid: dict[bytes, Pending] = {}
        self._by_sequence: dict[int, Pending] = {}
        self._returned: dict[int, Pending] = {}
        self._sequences: list[int] = []
        self._next = 1
        self.size = 0
        for transaction in restored:
            self.add(transaction, None)

    def __len__(self) -> int:
        """How many transactions are pending."""
        return len(self._by_txid)

    def __contains__(self, txid: bytes) -> bool:
        """Whether a transaction is pending."""
        return txid in self._by_txid

    def __iter__(self) -> Iterator[Pending]:
        """All, in the order in which they came."""
        return iter(self._by_sequence.values())

    @property
    def next_sequence(self) -> int:
        """The place that the next one will get."""
        return self._next

    def has_room(self, size: int) -> bool:
        """Whether one more of this size in bytes fits the bounds."""
        return len(self._by_txid) < MEMPOOL_COUNT_MAX and self.size + size <= MEMPOOL_BYTES_MAX

    def for_template(self) -> Iterator[Transaction]:
        """All, in the order in which blocks should take them: what a reorganisation returned, then by arrival."""
        yield from (pending.transaction for pending in self._returned.values())
        yield from (pending.transaction for pending in self if not pending.returned)

    def add(self, transaction: Transaction, source: int | None, *, returned: bool = False) -> None:
        """Put a transaction at the end, unless it is there."""
        if transaction.txid in self._by_txid:
            return
        pending = Pending(self._next, transaction, source, returned)
        self._next += 1
        self._by_txid[transaction.txid] = pending
        self._by_sequence[pending.sequence] = pending
        self._sequences.append(pending.sequence)
        if returned:
            self._returned[pending.sequence] = pending
        self.size += transaction.size

    def remove(self, txids: Iterable[bytes]) -> None:
        """Take out what has gone into the chain; what is not there is passed over."""
        for txid in txids:
            pending = self._by_txid.pop(txid, None)
            if pending is not None:
                del self._by_sequence[pending.sequence]
                self._returned.pop(pending.sequence, None)
                self.size -= pending.transaction.size
        if len(self._sequences) > 2 * len(self._by_sequence) + 1000:
            self._sequences = list(self._by_sequence)

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
        for index in range(bisect_left(self._sequences, sequence), len(self._sequences)):
            pending = self._by_sequence.get(self._sequences[index])
            if pending is not None:
                yield pending

    def after(self, txid: bytes | None) -> Iterator[Pending]:
        """All that came after a transaction; all, where it is None or not pending any more."""
        known = self._by_txid.get(txid) if txid is not None else None
        return self.since(known.sequence + 1 if known is not None else 0)
