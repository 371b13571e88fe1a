"""Chooses what a new block holds, and builds it up to its nonce."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_bits
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Now

COINBASE_SIZE = 96

# The oldest pending transactions, two blocks' worth and no more than so many, compete for a place: the loop stands
# still while a block is built, some 20 ms for as many.
CONSIDERED_BLOCKS = 2
CONSIDERED_MAX = 5_000


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
    """Build a template on a parent from pending transactions, given in the order of their arrival."""
    size_max = network.max_block_bytes - HEADER_SIZE - COINBASE_SIZE
    chosen = choose(_oldest(pending, CONSIDERED_BLOCKS * size_max), size_max)
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
    if len(pending) < 2:
        return [transaction for transaction in pending if transaction.size <= size_max]
    if sum([transaction.size for transaction in pending]) > size_max:
        taken = _densest(pending, size_max)
        pending = [transaction for transaction in pending if transaction.txid in taken]
    by_author = _by_author(pending)
    return [by_author[transaction.head.author].popleft() for transaction in pending]


def _oldest(pending: Iterable[Transaction], size_max: int) -> list[Transaction]:
    taken: list[Transaction] = []
    size = 0
    for transaction in islice(pending, CONSIDERED_MAX):
        size += transaction.size
        if size > size_max:
            break
        taken.append(transaction)
    return taken


def _by_author(pending: list[Transaction]) -> dict[bytes, deque[Transaction]]:
    authors: dict[bytes, list[Transaction]] = {}
    for transaction in pending:
        authors.setdefault(transaction.head.author, []).append(transaction)
    return {author: deque(sorted(theirs, key=_age)) for author, theirs in authors.items()}


def _age(transaction: Transaction) -> tuple[int, bytes]:
    return transaction.head.timestamp, transaction.txid


def _densest(pending: list[Transaction], size_max: int) -> set[bytes]:
    """Take authors' next records by work a byte, most first; an author whose next one does not fit waits."""
    arrival = {transaction.txid: place for place, transaction in enumerate(pending)}
    by_author = _by_author(pending)
    heap = [_rank(queue[0], arrival) for queue in by_author.values()]
    heapq.heapify(heap)
    taken: set[bytes] = set()
    room = size_max
    while heap:
        author = heapq.heappop(heap)[2]
        transaction = by_author[author].popleft()
        if transaction.size > room:
            continue
        taken.add(transaction.txid)
        room -= transaction.size
        if by_author[author]:
            heapq.heappush(heap, _rank(by_author[author][0], arrival))
    return taken


def _rank(transaction: Transaction, arrival: dict[bytes, int]) -> tuple[int, int, bytes]:
    return -(transaction.work << 32) // transaction.size, arrival[transaction.txid], transaction.author
