"""A store in memory that answers as the real one does. What it holds survives a simulated crash."""

from collections.abc import Iterable

import msgpack

from p2pchain.chain.block import Block, Parts
from p2pchain.chain.history import EMPTY, Frontier
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.network import Network
from p2pchain.chain.proof import inclusion_path
from p2pchain.chain.receipt import Receipt
from p2pchain.chain.retarget import genesis_chain_time
from p2pchain.chain.rules import check_new_in_chain
from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored, Unproven
from p2pchain.node.limits import (
    ACCEPTED_PER_EVENT,
    EXPIRED_PER_COMMIT,
    MEMPOOL_BYTES_MAX,
    MEMPOOL_COUNT_MAX,
    PENDING_SLICE_BYTES,
    PENDING_SLICE_COUNT,
)
from p2pchain.node.ports import Restored, Returned, StoredEvent, StoredHeader, StoredPending
from p2pchain.sim.pending_table import FIRST, PendingTable

NO_LIMIT = 2**63


class Disk:
    """Blocks, the connected chain, what is pending, and the numbered events."""

    def __init__(self, network: Network) -> None:
        """Start with the genesis block alone."""
        genesis = network.genesis
        self._headers = {
            genesis.hash: StoredHeader(genesis, genesis.work, genesis_chain_time(network), connected=True)
        }
        self._blocks: dict[bytes, Block] = {}
        self._chain = [genesis.hash]
        self._pending = PendingTable()
        self._place: dict[bytes, int] = {}
        self._events: list[StoredEvent] = []
        self._forgotten: set[bytes] = set()

    @property
    def last_event(self) -> int:
        """The number of the newest event."""
        return len(self._events)

    @property
    def tip(self) -> bytes:
        """The hash of the newest connected block."""
        return self._chain[-1]

    def restore(self) -> Restored:
        """Give what a node starts from."""
        recent = tuple(self._headers[block_hash] for block_hash in self._chain)
        pending = self._pending.load(FIRST, MEMPOOL_COUNT_MAX, MEMPOOL_BYTES_MAX)
        return Restored(
            recent, EMPTY, pending, len(self._pending), self.last_event, frozenset(self._forgotten)
        )

    def by_hash(self, block_hash: bytes) -> StoredHeader | None:
        """Find a block, connected or not."""
        return self._headers.get(block_hash)

    def at_height(self, height: int) -> StoredHeader | None:
        """Find the connected block of a height."""
        return self._headers[self._chain[height]] if 0 <= height < len(self._chain) else None

    def encoded(self, start: int, count: int) -> list[bytes]:
        """Read connected headers."""
        return [
            self._headers[block_hash].header.encode() for block_hash in self._chain[start : start + count]
        ]

    def frontier(self, size: int) -> Frontier:
        """Give the history tree over the first blocks."""
        frontier = EMPTY
        for block_hash in self._chain[:size]:
            frontier = frontier.append(block_hash)
        return frontier

    def blocks(self) -> list[Block]:
        """List the connected blocks above genesis, lowest first."""
        return [self._blocks[block_hash] for block_hash in self._chain[1:]]

    def pending(self) -> list[Transaction]:
        """List what is pending, oldest first."""
        return list(self._pending.transactions().values())

    def headers(self) -> dict[bytes, StoredHeader]:
        """Give all headers, connected or not, by hash."""
        return self._headers

    def holds(self, txid: bytes) -> bool:
        """Whether a transaction is pending or in the chain."""
        return txid in self._pending or txid in self._place

    def load_blocks(self, hashes: tuple[bytes, ...], bytes_max: int) -> tuple[bytes | None, ...]:
        """Read encoded blocks, as many as fit but at least one."""
        found: list[bytes | None] = []
        size = 0
        for block_hash in hashes:
            block = self._blocks.get(block_hash)
            encoded = block.encode() if block is not None else None
            size += len(encoded or b"")
            if found and size > bytes_max:
                break
            found.append(encoded)
        return tuple(found)

    def load_contents(self, txids: tuple[bytes, ...], bytes_max: int) -> tuple[bytes | None, ...]:
        """Read contents of what is pending or in the chain, as many as fit but at least one."""
        chained = {
            transaction.txid: transaction for block in self.blocks() for transaction in block.transactions
        }
        held = chained | self._pending.transactions()
        found: list[bytes | None] = []
        size = 0
        for txid in txids:
            content = held[txid].content if txid in held else None
            size += len(content or b"")
            if found and size > bytes_max:
                break
            found.append(content)
        return tuple(found)

    def prove(self, txid: bytes, head: bytes | None) -> Receipt | Unproven:
        """Prove where a record stands, under the connected block of a hash, or the tip."""
        height = self._place.get(txid)
        if height is None:
            return Unproven.PENDING if txid in self._pending else Unproven.UNKNOWN
        later = self._headers.get(head or self.tip)
        if later is None or not later.connected:
            return Unproven.NOT_CONNECTED
        if later.header.height < height:
            return Unproven.TOO_LOW
        block = self._blocks[self._chain[height]]
        index = [each.txid for each in block.transactions].index(txid) + 1
        parts = [Parts.decode(each.encode()) for each in (block, self._blocks[later.header.hash])]
        if later.header.height == height:
            return Receipt.of(parts[0], index, None, ())
        hashes = [leaf_hash(block_hash) for block_hash in self._chain[: later.header.height]]
        return Receipt.of(parts[0], index, parts[1], inclusion_path(hashes, height))

    def fill_contents(self, block_hash: bytes, contents: tuple[tuple[int, bytes], ...]) -> None:
        """Put contents that were missing into a block."""
        if block_hash in self._blocks:
            self._blocks[block_hash] = self._blocks[block_hash].with_contents(dict(contents))

    def forget_contents(self, txids: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Erase contents, and set tombstones; returns what was pending."""
        self._forgotten.update(txids)
        for block_hash, block in self._blocks.items():
            places = [place for place, each in enumerate(block.transactions) if each.txid in txids]
            self._blocks[block_hash] = block.with_contents(dict.fromkeys(places))
        return self._evict(sorted(set(txids)), "forgotten")

    def load_events(self, since: int, limit: int, bytes_max: int = NO_LIMIT) -> tuple[StoredEvent, ...]:
        """Read numbered events, as many as fit but at least one."""
        found: list[StoredEvent] = []
        size = 0
        for event in self._events[since : since + limit]:
            size += len(event.data)
            if found and size > bytes_max:
                break
            found.append(event)
        return tuple(found)

    def store_pending(
        self,
        transactions: tuple[Transaction, ...],
        displaced: tuple[tuple[bytes, tuple[bytes, ...]], ...],
        wall_ms: int,
    ) -> tuple[tuple[Stored, ...], tuple[bytes, ...]]:
        """Keep transactions as pending, and drop those that leave for one that is accepted."""
        outcomes: list[Stored] = []
        accepted: list[bytes] = []
        for transaction in transactions:
            if transaction.txid in self._place:
                outcomes.append(Stored.CHAINED)
            elif transaction.txid in self._pending:
                outcomes.append(Stored.PENDING)
            else:
                self._pending.append(transaction, wall_ms)
                outcomes.append(Stored.ACCEPTED)
                accepted.append(transaction.txid)
        for start in range(0, len(accepted), ACCEPTED_PER_EVENT):
            self._record("accepted", {"txids": accepted[start : start + ACCEPTED_PER_EVENT]})
        leaving = [each for newcomer, victims in displaced if newcomer in accepted for each in victims]
        return tuple(outcomes), self._evict(leaving, "displaced")

    def load_pending(self, place: int) -> tuple[StoredPending, ...]:
        """Read what is pending from a place on, one slice."""
        return self._pending.load(place, PENDING_SLICE_COUNT, PENDING_SLICE_BYTES)

    def expire_pending(self, before_ms: int) -> tuple[bytes, ...]:
        """Drop what was accepted before a time, oldest first, some of it."""
        return self._evict(self._pending.older_than(before_ms, EXPIRED_PER_COMMIT), "expired")

    def commit_chain(
        self,
        stage: tuple[StagedBlock, ...],
        revert: tuple[bytes, ...],
        connect: tuple[bytes, ...],
        wall_ms: int,
    ) -> tuple[tuple[bytes, ...], Returned]:
        """Change the chain; returns the txids that were pending and are in it now, and what is pending again.

        Raises:
            DuplicateTransaction: a txid would stand in the chain twice; nothing was changed.
        """
        staged = {item.block.hash: item for item in stage}
        blocks = [staged[each].block if each in staged else self._blocks[each] for each in connect]
        self._check(revert, blocks)
        for item in stage:
            self._keep(item.block)
            header = StoredHeader(item.block.header, item.work, item.chain_time, connected=False)
            self._headers.setdefault(item.block.hash, header)
        reverted = [self._revert(block_hash) for block_hash in revert]
        confirmed = [txid for block in blocks for txid in self._connect(block)]
        count = sum(self._put_back(transactions, wall_ms) for transactions in reverted)
        first = self._pending.load(FIRST, min(count, PENDING_SLICE_COUNT), PENDING_SLICE_BYTES)
        return tuple(confirmed), Returned(count, first)

    def _keep(self, block: Block) -> None:
        """Enter a block; one that is there already takes what it lacks of this one's contents."""
        kept = self._blocks.setdefault(block.hash, block)
        for place, each in enumerate(kept.transactions):
            if each.content is None:
                kept = kept.with_contents({place: block.transactions[place].content})
        self._blocks[block.hash] = kept

    def _put_back(self, transactions: tuple[Transaction, ...], wall_ms: int) -> int:
        """Have pending again what a reverted block held and the chain does not, before all others; says how many."""
        left = [each for each in transactions if each.txid not in self._place]
        whole = [each for each in left if each.content is not None]
        for each in left:
            if each.content is None:
                self._record("evicted", {"txid": each.txid, "reason": "content_missing"})
        self._pending.put_back(whole, wall_ms)
        return len(whole)

    def _evict(self, txids: Iterable[bytes], reason: str) -> tuple[bytes, ...]:
        dropped = self._pending.drop(txids)
        for txid in dropped:
            self._record("evicted", {"txid": txid, "reason": reason})
        return dropped

    def _check(self, revert: tuple[bytes, ...], blocks: list[Block]) -> None:
        leaving = {
            transaction.txid for block_hash in revert for transaction in self._blocks[block_hash].transactions
        }
        entering: set[bytes] = set()

        def is_there(txid: bytes) -> bool:
            return txid in entering or (txid in self._place and txid not in leaving)

        for block in blocks:
            check_new_in_chain(block, is_there)
            entering.update(transaction.txid for transaction in block.transactions)

    def _revert(self, block_hash: bytes) -> tuple[Transaction, ...]:
        block = self._blocks[block_hash]
        self._chain.pop()
        self._mark(block_hash, connected=False)
        for transaction in block.transactions:
            del self._place[transaction.txid]
        self._record("undone", {"height": block.height, "hash": block_hash})
        return block.transactions

    def _connect(self, block: Block) -> list[bytes]:
        self._chain.append(block.hash)
        self._mark(block.hash, connected=True)
        for transaction in block.transactions:
            self._place[transaction.txid] = block.height
        self._record("connected", {"height": block.height, "hash": block.hash})
        lacking = {place: each.txid for place, each in enumerate(block.transactions) if each.content is None}
        waiting = self._pending.transactions() if lacking else {}
        found = {place: waiting[txid].content or b"" for place, txid in lacking.items() if txid in waiting}
        if found:
            self.fill_contents(block.hash, tuple(found.items()))
        return list(self._pending.drop(transaction.txid for transaction in block.transactions))

    def _mark(self, block_hash: bytes, *, connected: bool) -> None:
        stored = self._headers[block_hash]
        self._headers[block_hash] = StoredHeader(stored.header, stored.work, stored.chain_time, connected)

    def _record(self, kind: str, data: dict[str, object]) -> None:
        self._events.append(StoredEvent(self.last_event + 1, kind, msgpack.packb(data)))
