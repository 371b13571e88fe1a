"""Writes: what is pending, and changes of the chain. One connection, one thread; several jobs may share one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored
from p2pchain.store import index, subtrees
from p2pchain.store.faults import StoreOfOtherNetwork, named
from p2pchain.store.schema import open_writer


class Writer:
    """The one writer of a file."""

    def __init__(self, path: Path, network: Network) -> None:
        """Open the file, or make it, with the network's genesis block as its first.

        Raises:
            StoreError: it cannot be used, or belongs to another network.
        """
        self._path = path
        self._network = network
        with named(path):
            self._connection = open_writer(path)
            self._begin_network()
            self._last_event = self._number("SELECT coalesce(max(number), 0) FROM event")
            self._height = self._number("SELECT max(height) FROM chain")

    @property
    def last_event(self) -> int:
        """The number of the newest event."""
        return self._last_event

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def group(self) -> Iterator[None]:
        """Make one commit of everything inside; what the jobs returned is true only when this has ended.

        Raises:
            StoreError: the disk refused; nothing inside has happened.
        """
        before = self._last_event, self._height
        try:
            with named(self._path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
        except BaseException:
            self._last_event, self._height = before
            raise

    def store_pending(self, transactions: tuple[Transaction, ...]) -> tuple[Stored, ...]:
        """Keep transactions as pending; what became of each, in order."""
        outcomes = tuple(self._store_one(transaction) for transaction in transactions)
        accepted = [
            transaction.txid
            for transaction, outcome in zip(transactions, outcomes, strict=True)
            if outcome is Stored.ACCEPTED
        ]
        if accepted:
            self._record("accepted", {"txids": accepted})
        return outcomes

    def evict_pending(self, evicted: tuple[tuple[bytes, str], ...]) -> None:
        """Drop transactions, each with a numbered event that gives the reason."""
        for txid, reason in evicted:
            if self._drop_pending([txid]):
                self._record("evicted", {"txid": txid, "reason": reason})

    def commit_chain(
        self, stage: tuple[StagedBlock, ...], revert: tuple[bytes, ...], connect: tuple[bytes, ...]
    ) -> tuple[tuple[bytes, ...], tuple[Transaction, ...]]:
        """Change the chain, all or nothing.

        Returns the txids that were pending and are in the chain now, and the transactions that are pending again: those
        of the reverted blocks that the new chain does not hold, as they stood, behind what is pending already.

        Raises:
            DuplicateTransaction: a txid would stand in the chain twice; nothing was changed.
        """
        before = self._last_event, self._height
        try:
            with self._connection:
                changed = self._change_chain(stage, revert, connect)
        except DuplicateTransaction:
            self._last_event, self._height = before
            raise
        return changed

    def _change_chain(
        self, stage: tuple[StagedBlock, ...], revert: tuple[bytes, ...], connect: tuple[bytes, ...]
    ) -> tuple[tuple[bytes, ...], tuple[Transaction, ...]]:
        for item in stage:
            self._stage(item)
        staged = {item.block.hash: item.block for item in stage}
        reverted = [self._revert(self._load(block_hash)) for block_hash in revert]
        blocks = [staged.get(block_hash) or self._load(block_hash) for block_hash in connect]
        self._check_unique(blocks)
        for block in blocks:
            self._connect(block)
        index.insert(self._connection, (row for block in blocks for row in index.rows(block)))
        chained = {transaction.txid for block in blocks for transaction in block.transactions}
        confirmed = self._drop_pending(list(chained)) if chained else []
        returned = tuple(
            transaction
            for block in reversed(reverted)
            for transaction in block.transactions
            if transaction.txid not in chained and transaction.content is not None
        )
        for transaction in returned:
            self._insert_pending(transaction)
        return tuple(confirmed), returned

    def _store_one(self, transaction: Transaction) -> Stored:
        query = "SELECT 1 FROM pending WHERE txid = ?"
        if self._connection.execute(query, (transaction.txid,)).fetchone() is not None:
            return Stored.PENDING
        if index.find(self._connection, transaction.txid, self._network.id) is not None:
            return Stored.CHAINED
        self._insert_pending(transaction)
        return Stored.ACCEPTED

    def _insert_pending(self, transaction: Transaction) -> None:
        row = (transaction.txid, transaction.head.raw, transaction.content)
        self._connection.execute("INSERT OR IGNORE INTO pending (txid, head, content) VALUES (?, ?, ?)", row)

    def _drop_pending(self, txids: list[bytes]) -> list[bytes]:
        """Take out what is pending of some txids; returns which were."""
        if not self._number("SELECT EXISTS (SELECT 1 FROM pending)"):
            return []
        query = "DELETE FROM pending WHERE txid = ? RETURNING txid"
        return [bytes(row[0]) for txid in txids for row in self._connection.execute(query, (txid,))]

    def _stage(self, item: StagedBlock) -> None:
        header = item.block.header
        row = (header.hash, header.height, header.encode(), item.work.to_bytes(32, "big"), item.chain_time)
        self._connection.execute(
            "INSERT OR IGNORE INTO block (hash, height, header, work, chain_time, body) VALUES (?, ?, ?, ?, ?, ?)",
            (*row, item.block.encode()),
        )

    def _load(self, block_hash: bytes) -> Block:
        row = self._connection.execute("SELECT body FROM block WHERE hash = ?", (block_hash,)).fetchone()
        if row is None:
            raise AssertionError(f"block {block_hash.hex()} is kept before it is connected")
        return Block.decode(row[0], self._network.id)

    def _revert(self, block: Block) -> Block:
        index.remove(self._connection, index.rows(block))
        subtrees.remove(self._connection, block.height)
        self._connection.execute("DELETE FROM chain WHERE height = ?", (block.height,))
        self._height = block.height - 1
        self._record("undone", {"height": block.height, "hash": block.hash})
        return block

    def _check_unique(self, blocks: list[Block]) -> None:
        """A txid appears at most once in a chain."""
        seen: set[bytes] = set()
        for block in blocks:
            for transaction in block.transactions:
                txid = transaction.txid
                if txid in seen or index.find(self._connection, txid, self._network.id) is not None:
                    raise DuplicateTransaction("each txid once in the chain", txid.hex(), culprit=block.hash)
                seen.add(txid)

    def _connect(self, block: Block) -> None:
        if block.height != self._height + 1:
            raise AssertionError(f"block {block.height} cannot stand on {self._height}")
        subtrees.insert(self._connection, block.height, block.hash)
        query = "INSERT INTO chain (height, block) SELECT height, id FROM block WHERE hash = ?"
        self._connection.execute(query, (block.hash,))
        self._height = block.height
        self._record("connected", {"height": block.height, "hash": block.hash})

    def _record(self, kind: str, data: dict[str, object]) -> None:
        self._last_event += 1
        row = (self._last_event, kind, msgpack.packb(data))
        self._connection.execute("INSERT INTO event (number, kind, data) VALUES (?, ?, ?)", row)

    def _begin_network(self) -> None:
        """Enter the network and its genesis into a new file; compare them in an old one."""
        genesis = self._network.genesis
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'network'").fetchone()
        if row is not None and row[0] != self._network.id:
            expected = (
                f"the chain of network {self._network.id.hex()[:16]} ({self._network.name}) in {self._path}"
            )
            raise StoreOfOtherNetwork(
                expected, f"network {row[0].hex()[:16]}", "use another directory, or its network file"
            )
        if row is not None:
            return
        with self._connection:
            self._connection.execute("INSERT INTO meta VALUES ('network', ?)", (self._network.id,))
            values = (
                genesis.hash,
                genesis.encode(),
                genesis.work.to_bytes(32, "big"),
                genesis_chain_time(self._network),
            )
            self._connection.execute("INSERT INTO block VALUES (1, ?, 0, ?, ?, ?, NULL)", values)
            self._connection.execute("INSERT INTO chain VALUES (0, 1)")

    def _number(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row is not None else 0


def genesis_chain_time(network: Network) -> int:
    """Give the retarget clock at the genesis block, in ms."""
    return 0 if network.retarget == "none" else network.spacing
