"""The mempool's bounds: how much room there is, who has a claim on it, and who leaves for whom."""

from collections.abc import Callable, Iterable

from p2pchain.chain.transaction import Transaction
from p2pchain.node.density import ByDensity, Pending, step_of
from p2pchain.node.limits import (
    MEMPOOL_AUTHOR_BYTES_MAX,
    MEMPOOL_AUTHOR_COUNT_MAX,
    MEMPOOL_BYTES_MAX,
    MEMPOOL_COUNT_MAX,
    PENDING_SLICE_BYTES,
    PENDING_SLICE_COUNT,
)


class Room:
    """Room by count, by bytes and by author. Who is on the way has a claim, and counts as if it were there.

    When the room is used up, a newcomer claims that of others which carry less work a byte. These stay, and count,
    until the newcomer is on disk and they are not; where it comes to nothing, nothing has happened to them. So the
    bounds hold whatever becomes of any of them, and in whichever order.
    """

    def __init__(self) -> None:
        """Start with all of it free."""
        self.count = 0
        self.size = 0
        self._authors: dict[bytes, list[int]] = {}
        self._by_density = ByDensity()
        self._leaving: set[int] = set()

    def is_full_for(self, author: bytes) -> bool:
        """Whether an author has used up its share."""
        count, size = self._authors.get(author, (0, 0))
        return count >= MEMPOOL_AUTHOR_COUNT_MAX or size >= MEMPOOL_AUTHOR_BYTES_MAX

    def is_short_for(self, transaction: Transaction) -> bool:
        """Whether a newcomer finds room only if others leave."""
        return self.count >= MEMPOOL_COUNT_MAX or self.size + transaction.size > MEMPOOL_BYTES_MAX

    def has_slice(self) -> bool:
        """Whether a slice from the disk can be taken in, on top of the bounds."""
        return self.count <= MEMPOOL_COUNT_MAX and self.size <= MEMPOOL_BYTES_MAX

    def fits_slice(self, transaction: Transaction) -> bool:
        """Whether one more from the disk fits."""
        return (
            self.count < MEMPOOL_COUNT_MAX + PENDING_SLICE_COUNT
            and self.size + transaction.size <= MEMPOOL_BYTES_MAX + PENDING_SLICE_BYTES
        )

    def claim(self, transaction: Transaction) -> tuple[Pending, ...] | None:
        """Claim room for a newcomer; returns who has to leave for it, or None where there is no room to be had."""
        if not self.is_short_for(transaction):
            self._count(transaction, 1)
            return ()
        size = transaction.size
        # Where more is there than the bounds allow, for it came from the disk, a newcomer makes room for itself only.
        count_over = min(1, self.count + 1 - MEMPOOL_COUNT_MAX)
        size_over = min(size, self.size + size - MEMPOOL_BYTES_MAX)
        victims = self._by_density.least(step_of(transaction), count_over, size_over)
        if victims is None:
            return None
        self._by_density.remove(victims)
        for victim in victims:
            self._leaving.add(victim.sequence)
        self._count(transaction, 1)
        self._take_over(transaction, victims, 1)
        return victims

    def settle(
        self,
        transaction: Transaction,
        victims: tuple[Pending, ...],
        entered: Pending | None,
        is_there: Callable[[Pending], bool],
    ) -> None:
        """End a claim: the newcomer has `entered`, or comes to nothing; of the victims some may be gone by now."""
        self._take_over(transaction, victims, -1)
        for victim in victims:
            self._leaving.remove(victim.sequence)
            if is_there(victim):
                self._by_density.add(victim)
            else:
                self._count(victim.transaction, -1)
        if entered is not None:  # and counts as before
            self._by_density.add(entered)
        else:
            self._count(transaction, -1)

    def enter(self, pending: Pending) -> None:
        """Count one that is there now."""
        self._count(pending.transaction, 1)
        self._by_density.add(pending)

    def leave(self, gone: Iterable[Pending]) -> None:
        """Count those no more that are gone. Where their room is claimed they count until the claim ends."""
        leaving = [pending for pending in gone if pending.sequence not in self._leaving]
        self._by_density.remove(leaving)
        for pending in leaving:
            self._count(pending.transaction, -1)

    def _take_over(self, transaction: Transaction, victims: tuple[Pending, ...], sign: int) -> None:
        """Take off what a newcomer needs no room for, as it claims that of others; or put it on again."""
        if victims:
            freed = sum(victim.transaction.size for victim in victims)
            self.count -= sign
            self.size -= sign * min(transaction.size, freed)

    def _count(self, transaction: Transaction, sign: int) -> None:
        head = transaction.head
        size = sign * head.size
        self.count += sign
        self.size += size
        share = self._authors.get(head.author)
        if share is None:
            self._authors[head.author] = [1, size]
            return
        share[0] += sign
        share[1] += size
        if not share[0]:
            del self._authors[transaction.head.author]
