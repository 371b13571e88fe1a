"""A store in memory that answers as the real one does. What it holds survives a simulated crash."""

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
from p2pchain.node.events import Stored, StoredEvent, Unproven
from p2pchain.node.limits import ACCEPTED_PER_EVENT
from p2pchain.node.ports import Restored, StoredHeader


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
        self._pending: dict[bytes, Transaction] = {}
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
        pending = tuple(self._pending.values())
        return Restored(recent, EMPTY, pending, self.last_event, frozenset(self._forgotten))

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
        return list(self._pending.values())

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
        held = chained | self._pending
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
        dropped = tuple(txid for txid in sorted(set(txids)) if self._pending.pop(txid, None) is not None)
        for txid in dropped:
            self._record("evicted", {"txid": txid, "reason": "forgotten"})
        return dropped

    def load_events(self, since: int, limit: int) -> tuple[StoredEvent, ...]:
        """Read numbered events."""
        return tuple(self._events[since : since + limit])

    def store_pending(self, transactions: tuple[Transaction, ...]) -> tuple[Stored, ...]:
        """Keep transactions as pending."""
        outcomes: list[Stored] = []
        accepted: list[bytes] = []
        for transaction in transactions:
            if transaction.txid in self._place:
                outcomes.append(Stored.CHAINED)
            elif transaction.txid in self._pending:
                outcomes.append(Stored.PENDING)
            else:
                self._pending[transaction.txid] = transaction
                outcomes.append(Stored.ACCEPTED)
                accepted.append(transaction.txid)
        for start in range(0, len(accepted), ACCEPTED_PER_EVENT):
            self._record("accepted", {"txids": accepted[start : start + ACCEPTED_PER_EVENT]})
        return tuple(outcomes)

    def evict_pending(self, evicted: tuple[tuple[bytes, str], ...]) -> None:
        """Drop transactions, with the reason."""
        for txid, reason in evicted:
            if self._pending.pop(txid, None) is not None:
                self._record("evicted", {"txid": txid, "reason": reason})

    def commit_chain(
        self, stage: tuple[StagedBlock, ...], revert: tuple[bytes, ...], connect: tuple[bytes, ...]
    ) -> tuple[tuple[bytes, ...], tuple[Transaction, ...]]:
        """Change the chain; returns the txids that were pending and are in it now, and the transactions returned.

        Raises:
            DuplicateTransaction: a txid would stand in the chain twice; nothing was changed.
        """
        staged = {item.block.hash: item for item in stage}
        blocks = [staged[each].block if each in staged else self._blocks[each] for each in connect]
        self._check(revert, blocks)
        for item in stage:
            kept = self._blocks.get(item.block.hash)
            if kept is None or len(item.block.encode()) > len(kept.encode()):
                self._blocks[item.block.hash] = item.block
            header = StoredHeader(item.block.header, item.work, item.chain_time, connected=False)
            self._headers.setdefault(item.block.hash, header)
        reverted = [self._revert(block_hash) for block_hash in revert]
        returned = [transaction for transactions in reversed(reverted) for transaction in transactions]
        confirmed = [txid for block in blocks for txid in self._connect(block)]
        left = [transaction for transaction in returned if transaction.txid not in self._place]
        for transaction in left:
            if transaction.content is None:
                self._record("evicted", {"txid": transaction.txid, "reason": "content_missing"})
        back = tuple(transaction for transaction in left if transaction.content is not None)
        self._pending = {transaction.txid: transaction for transaction in back} | self._pending
        return tuple(confirmed), back

    def _check(self, revert: tuple[bytes, ...], blocks: list[Block]) -> None:
        leaving = {
            transaction.txid for block_hash in revert for transaction in self._blocks[block_hash].transactions
        }
        placed = set(self._place) - leaving
        for block in blocks:
            check_new_in_chain(block, placed.__contains__)
            placed.update(transaction.txid for transaction in block.transactions)

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
        txids = [transaction.txid for transaction in block.transactions]
        return [txid for txid in txids if self._pending.pop(txid, None) is not None]

    def _mark(self, block_hash: bytes, *, connected: bool) -> None:
        stored = self._headers[block_hash]
        self._headers[block_hash] = StoredHeader(stored.header, stored.work, stored.chain_time, connected)

    def _record(self, kind: str, data: dict[str, object]) -> None:
        self._events.append(StoredEvent(self.last_event + 1, kind, msgpack.packb(data)))
