"""Chooses what a new block holds, and builds it up to its nonce."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeVar, cast

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_bits
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Now
from p2pchain.node.timers import Slices

COINBASE_SIZE = 96

# The oldest pending transactions, two blocks' worth and no more than so many, compete for a place. To choose among as
# many takes some 10 ms, and so it is done in slices where they are more than a few.
CONSIDERED_BLOCKS = 2
CONSIDERED_MAX = 5_000
SLICED_FROM = 1_000

T = TypeVar("T")
# Of each author some records, oldest first.
Authors = dict[bytes, deque[Transaction]]


@dataclass(frozen=True, slots=True)
class Template:
    """A block that lacks only its nonce."""

    header: Header
    coinbase: Coinbase
    transactions: tuple[Transaction, ...]

    def with_nonce(self, nonce: int) -> Block:
        """Give the finished block."""
        return Block(self.header.with_nonce(nonce), self.coinbase, self.transactions)


def build(
    network: Network, parent: Entry, pending: Iterable[Transaction], miner: bytes, now: Now
) -> Template:
    """Build a template on a parent from pending transactions, given in the order of their arrival, at one go."""
    return _all_of(building(network, parent, pending, miner, now))


def building(
    network: Network, parent: Entry, pending: Iterable[Transaction], miner: bytes, now: Now
) -> Slices[Template]:
    """Build a template in slices, none of which takes long. What is pending is looked at in the first."""
    size_max = network.max_block_bytes - HEADER_SIZE - COINBASE_SIZE
    considered = _oldest(pending, CONSIDERED_BLOCKS * size_max)
    if len(considered) > SLICED_FROM:
        yield
    chosen = yield from _choosing(considered, size_max)
    if len(chosen) > SLICED_FROM:
        yield
    coinbase = Coinbase(history_root=parent.frontier.root(), chain_work=parent.work, miner=miner, extra=b"")
    header = Header(
        height=parent.height + 1,
        previous_hash=parent.hash,
        merkle_root=merkle_root_of(coinbase, [transaction.head for transaction in chosen]),
        timestamp=max(now.wall_ms, parent.header.timestamp + 1),
        bits=next_bits(network, parent.height, parent.chain_time, parent.header.bits),
        nonce=0,
    )
    return Template(header, coinbase, tuple(chosen))


def choose(pending: list[Transaction], size_max: int) -> list[Transaction]:
    """Choose what fits into `size_max` bytes: all, if it does; else what carries more work a byte.

    An author's records keep the order of their timestamps, among the places that they take in the order of arrival.
    """
    return _all_of(_choosing(pending, size_max))


def _all_of(slices: Slices[T]) -> T:
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return cast("T", end.value)


def _choosing(pending: list[Transaction], size_max: int) -> Slices[list[Transaction]]:
    if len(pending) < 2:
        return [transaction for transaction in pending if transaction.size <= size_max]
    by_author = _by_author(pending)
    if sum([transaction.head.size for transaction in pending]) > size_max:
        if len(pending) > SLICED_FROM:
            yield
        by_author = yield from _densest(pending, by_author, size_max)
        taken = {transaction.txid for theirs in by_author.values() for transaction in theirs}
        pending = [transaction for transaction in pending if transaction.txid in taken]
    return [by_author[transaction.head.author].popleft() for transaction in pending]


def _oldest(pending: Iterable[Transaction], size_max: int) -> list[Transaction]:
    taken: list[Transaction] = []
    size = 0
    for transaction in islice(pending, CONSIDERED_MAX):
        size += transaction.head.size
        if size > size_max:
            break
        taken.append(transaction)
    return taken


def _by_author(pending: list[Transaction]) -> Authors:
    authors: dict[bytes, list[Transaction]] = {}
    for transaction in pending:
        authors.setdefault(transaction.head.author, []).append(transaction)
    return {author: deque(sorted(theirs, key=_age)) for author, theirs in authors.items()}


def _age(transaction: Transaction) -> tuple[int, bytes]:
    return transaction.head.timestamp, transaction.txid


def _densest(pending: list[Transaction], by_author: Authors, size_max: int) -> Slices[Authors]:
    """Take authors' next records by work a byte, most first; an author whose next one does not fit waits."""
    arrival = {transaction.txid: place for place, transaction in enumerate(pending)}
    heap = [_rank(queue[0], arrival) for queue in by_author.values()]
    heapq.heapify(heap)
    taken: Authors = {author: deque() for author in by_author}
    room = size_max
    for looked in count(1):
        if not heap:
            break
        if not looked % SLICED_FROM:
            yield
        author = heap[0][2]
        queue = by_author[author]
        transaction = queue.popleft()
        if transaction.head.size > room:
            heapq.heappop(heap)
            continue
        taken[author].append(transaction)
        room -= transaction.head.size
        if queue:
            heapq.heapreplace(heap, _rank(queue[0], arrival))
        else:
            heapq.heappop(heap)
    return taken


def _rank(transaction: Transaction, arrival: dict[bytes, int]) -> tuple[int, int, bytes]:
    return -(transaction.work << 32) // transaction.head.size, arrival[transaction.txid], transaction.author
