"""What a disk in memory keeps as pending: in order of places, each with its age."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from p2pchain.chain.transaction import Transaction
from p2pchain.node.ports import StoredPending

FIRST = -(2**63)


@dataclass(frozen=True, slots=True)
class _Kept:
    place: int
    transaction: Transaction
    accepted_ms: int


class PendingTable:
    """New ones come last, those that a reorganisation returns come first."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: dict[bytes, _Kept] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    def __contains__(self, txid: bytes) -> bool:
        """Whether a transaction is pending."""
        return txid in self._kept

    def transactions(self) -> dict[bytes, Transaction]:
        """Give all of them by txid, in order."""
        return {txid: kept.transaction for txid, kept in self._kept.items()}

    def append(self, transaction: Transaction, wall_ms: int) -> None:
        """Enter one behind all others, as accepted at a time."""
        last = next(reversed(self._kept.values()), None)
        place = last.place + 1 if last is not None else 1
        self._kept[transaction.txid] = _Kept(place, transaction, wall_ms)

    def put_back(self, transactions: Sequence[Transaction], wall_ms: int) -> None:
        """Enter some before all others, in order."""
        first = next(iter(self._kept.values()), None)
        start = (first.place if first is not None else 1) - len(transactions)
        back = {each.txid: _Kept(place, each, wall_ms) for place, each in enumerate(transactions, start)}
        self._kept = back | self._kept

    def drop(self, txids: Iterable[bytes]) -> tuple[bytes, ...]:
        """Take some out; returns the txids of those that were there."""
        return tuple(txid for txid in txids if self._kept.pop(txid, None) is not None)

    def older_than(self, before_ms: int, count_max: int) -> list[bytes]:
        """Give the txids of those that were accepted before a time, oldest first."""
        ages = sorted((kept.accepted_ms, kept.place, txid) for txid, kept in self._kept.items())
        return [txid for accepted_ms, _, txid in ages if accepted_ms < before_ms][:count_max]

    def load(self, place: int, count_max: int, bytes_max: int) -> tuple[StoredPending, ...]:
        """Give those from a place on, in order, as many as fit into both bounds, but one if there is one."""
        found: list[StoredPending] = []
        size = 0
        for each in islice((kept for kept in self._kept.values() if kept.place >= place), count_max):
            size += each.transaction.size
            if found and size > bytes_max:
                break
            found.append(StoredPending(each.place, each.transaction))
        return tuple(found)
