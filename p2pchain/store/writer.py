"""Writes: what is pending, and changes of the chain. One connection, one thread; several jobs may share one commit."""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import apsw
import msgpack

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.rules import check_new_in_chain
from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored
from p2pchain.node.limits import (
    ACCEPTED_PER_EVENT,
    EXPIRED_PER_COMMIT,
    PENDING_SLICE_BYTES,
    PENDING_SLICE_COUNT,
)
from p2pchain.node.ports import Returned, StoredPending
from p2pchain.store import bodies, contents, identity, index, pending, room, subtrees
from p2pchain.store.atomic import atomic
from p2pchain.store.faults import named
from p2pchain.store.schema import BUSY_TIMEOUT_MS, open_writer

# For the txid of a newcomer, those of others that leave for it.
Displaced = Sequence[tuple[bytes, Sequence[bytes]]]


class Writer:
    """The one writer of a file. Its jobs run inside a `group`, each whole or not at all."""

    def __init__(self, path: Path, network: Network) -> None:
        """Open the file, or make it, with the network's genesis block as its first.

        Raises:
            StoreError: it cannot be used, or belongs to another network.
        """
        self._path = path
        self._network = network
        self._connection = open_writer(path)
        try:
            with named(path):
                identity.claim(self._connection, network, path)
                self._last_event, self._tip = self._stand()
        except BaseException:
            self._connection.close()
            raise

    @property
    def last_event(self) -> int:
        """The number of the newest event."""
        return self._last_event

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def group(self) -> Iterator[None]:
        """Make one commit of the jobs inside; what they returned is true only when this has ended.

        Raises:
            StoreError: the disk refused; nothing inside has happened.
        """
        with named(self._path), self._whole("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
            yield

    def try_room(self) -> None:
        """See that the disk takes a commit of some size, after it was full.

        Raises:
            StoreError: it does not.
        """
        with self.group():
            room.take(self._connection)
        with self.group():
            room.give_back(self._connection)

    def store_pending(
        self, transactions: Sequence[Transaction], displaced: Displaced, wall_ms: int
    ) -> tuple[tuple[Stored, ...], tuple[bytes, ...]]:
        """Keep transactions, which have their contents, as pending since a time, and drop others for them.

        Returns what became of each, in order; and of those to be `displaced` for one that was accepted, the txids that
        were pending.

        Raises:
            StoreError: the disk refused; the group has to end with it.
        """
        with self._job():
            fresh, outcomes = self._tell_apart(transactions)
            pending.append(self._connection, fresh.values(), wall_ms)
            txids = list(fresh)
            for start in range(0, len(txids), ACCEPTED_PER_EVENT):
                self._record("accepted", {"txids": txids[start : start + ACCEPTED_PER_EVENT]})
            leaving = [each for newcomer, victims in displaced if newcomer in fresh for each in victims]
            return tuple(outcomes), self._evict(leaving, "displaced")

    def load_pending(self, place: int) -> tuple[StoredPending, ...]:
        """Read what is pending from a place on, one slice, as the jobs before have left it.

        Raises:
            StoreError: the file cannot be read, or contradicts itself.
        """
        with self._job():
            return self._slice(place, PENDING_SLICE_COUNT)

    def expire_pending(self, before_ms: int) -> tuple[bytes, ...]:
        """Drop what was accepted before a time, oldest first, some of it; returns the txids.

        Raises:
            StoreError: the disk refused; the group has to end with it.
        """
        with self._job():
            old = pending.older_than(self._connection, before_ms, EXPIRED_PER_COMMIT)
            return self._evict(old, "expired")

    def fill_contents(self, block_hash: bytes, found: Sequence[tuple[int, bytes]]) -> None:
        """Put contents that were missing into a block that is kept, each by its transaction's index.

        Raises:
            StoreError: the disk refused; the group has to end with it.
        """
        with self._job():
            contents.fill(self._connection, block_hash, dict(found))

    def forget_contents(self, txids: Sequence[bytes]) -> tuple[bytes, ...]:
        """Erase contents wherever they are, and set tombstones; returns the txids that were pending, now evicted.

        Raises:
            StoreError: the disk refused; the group has to end with it.
        """
        with self._job():
            contents.forget(self._connection, txids, self._network.id)
            return self._evict(sorted(set(txids)), "forgotten")

    def flush_log(self) -> bool:
        """Empty the log of old pages, between groups: what was erased may stand in them.

        Says whether no reader was in the way. It is not waited for: what is written behind this must not wait either.
        """
        with named(self._path):
            self._connection.set_busy_timeout(0)
            try:
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                return False
            finally:
                self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            return True

    def commit_chain(
        self, stage: Sequence[StagedBlock], revert: Sequence[bytes], connect: Sequence[bytes], wall_ms: int
    ) -> tuple[tuple[bytes, ...], Returned]:
        """Change the chain, all or nothing: keep bodies, take blocks off (tip first), put others on (lowest first).

        Returns the txids that were pending and are in the chain now, and what is pending again, since a time.

        Raises:
            DuplicateTransaction: a txid would stand in the chain twice; nothing was changed, and the group can go on.
            StoreError: the disk refused; the group has to end with it.
        """
        with self._job():
            for item in stage:
                bodies.keep(self._connection, item)
            at_hand = {item.block.hash: item.block for item in stage}
            # Blocks are taken one by one, twice where it has to be, and rows are entered now and then: a branch may be
            # larger than the memory.
            for block_hash in revert:
                undone = self._revert(block_hash)
                if len(revert) == 1:  # as most often; of many, all could be too much to hold
                    at_hand[block_hash] = undone
            entering = index.Entering(self._connection)
            confirmed: list[bytes] = []
            for block_hash in connect:
                block = at_hand.get(block_hash) or self._load(block_hash)
                # What is pending is not in the chain: it need not be looked for there.
                were_pending = contents.confirm(self._connection, block)
                self._check_unique(block, entering.txids, frozenset(were_pending))
                confirmed += were_pending
                self._connect(block)
                entering.add(block)
            entering.enter()
            return tuple(confirmed), self._put_back(revert, at_hand, entering.txids, wall_ms)

    @contextmanager
    def _job(self) -> Iterator[None]:
        if not self._connection.in_transaction:
            raise AssertionError(
                "a job runs inside a group, and none runs after one on which the disk refused"
            )
        with named(self._path), self._whole("SAVEPOINT job", "RELEASE job", "ROLLBACK TO job; RELEASE job"):
            yield

    @contextmanager
    def _whole(self, begin: str, end: str, undo: str) -> Iterator[None]:
        """Have all of what is inside, or nothing."""
        before = self._last_event, self._tip
        try:
            with atomic(self._connection, begin, end, undo):
                yield
        except BaseException:
            self._last_event, self._tip = before
            raise

    def _stand(self) -> tuple[int, tuple[int, bytes]]:
        """Read the number of the newest event, and the tip."""
        last_event = self._connection.execute("SELECT coalesce(max(number), 0) FROM event").get
        query = (
            "SELECT height, hash FROM block WHERE id = (SELECT block FROM chain ORDER BY height DESC LIMIT 1)"
        )
        return cast(int, last_event), cast("tuple[int, bytes]", self._connection.execute(query).get)

    def _tell_apart(
        self, transactions: Sequence[Transaction]
    ) -> tuple[dict[bytes, Transaction], list[Stored]]:
        """Give those that are neither pending nor in the chain, by txid; and what becomes of each, in order."""
        txids = [transaction.txid for transaction in transactions]
        waiting = pending.among(self._connection, txids)
        others = [txid for txid in txids if txid not in waiting]
        chained = index.among(self._connection, others, self._network.id)
        fresh: dict[bytes, Transaction] = {}
        outcomes: list[Stored] = []
        for transaction in transactions:
            if transaction.txid in waiting or transaction.txid in fresh:
                outcomes.append(Stored.PENDING)
            elif transaction.txid in chained:
                outcomes.append(Stored.CHAINED)
            else:
                outcomes.append(Stored.ACCEPTED)
                fresh[transaction.txid] = transaction
        return fresh, outcomes

    def _load(self, block_hash: bytes) -> Block:
        encoded = bodies.load(self._connection, block_hash)
        if encoded is None:
            raise AssertionError(f"block {block_hash.hex()} has to be kept first")
        return Block.decode(encoded, self._network.id)

    def _revert(self, block_hash: bytes) -> Block:
        if block_hash != self._tip[1]:
            raise AssertionError(f"block {block_hash.hex()} is not the tip, {self._tip[1].hex()}")
        block = self._load(block_hash)
        index.remove(self._connection, index.rows(block))
        subtrees.remove(self._connection, block.height)
        self._connection.execute("DELETE FROM chain WHERE height = ?", (block.height,))
        self._tip = block.height - 1, block.header.previous_hash
        self._record("undone", {"height": block.height, "hash": block.hash})
        return block

    def _check_unique(self, block: Block, above: Container[bytes], new: Container[bytes]) -> None:
        """A txid appears at most once in a chain, be it indexed, or in the blocks put `above` it just now."""
        others = [each.txid for each in block.transactions if each.txid not in new]
        below = index.among(self._connection, others, self._network.id)
        check_new_in_chain(block, lambda txid: txid in above or txid in below)

    def _connect(self, block: Block) -> None:
        if (block.height - 1, block.header.previous_hash) != self._tip:
            raise AssertionError(f"block {block.hash.hex()} does not stand on the tip, {self._tip[1].hex()}")
        subtrees.insert(self._connection, block.height, block.hash)
        query = "INSERT INTO chain (height, block) SELECT height, id FROM block WHERE hash = ?"
        self._connection.execute(query, (block.hash,))
        self._tip = block.height, block.hash
        self._record("connected", {"height": block.height, "hash": block.hash})

    def _put_back(
        self, revert: Sequence[bytes], at_hand: Mapping[bytes, Block], above: Container[bytes], wall_ms: int
    ) -> Returned:
        """Have pending again what the reverted blocks hold, tip first, and the chain does not: each before the last."""
        count = 0
        for block_hash in revert:
            block = at_hand.get(block_hash) or self._load(block_hash)
            left = {each.txid for each in block.transactions if each.txid not in above}
            left -= index.among(self._connection, left, self._network.id)
            returned = [each for each in block.transactions if each.txid in left]
            whole = [each for each in returned if each.content is not None]
            count += pending.put_back(self._connection, whole, wall_ms)
            for transaction in returned:
                if transaction.content is None:
                    self._record("evicted", {"txid": transaction.txid, "reason": "content_missing"})
        return Returned(count, self._slice(pending.FIRST, min(count, PENDING_SLICE_COUNT)))

    def _slice(self, place: int, count_max: int) -> tuple[StoredPending, ...]:
        return pending.load(self._connection, self._network.id, place, count_max, PENDING_SLICE_BYTES)

    def _evict(self, txids: Sequence[bytes], reason: str) -> tuple[bytes, ...]:
        """Drop transactions, each with a numbered event; returns the txids of those that were pending."""
        dropped = pending.drop(self._connection, txids)
        for txid in dropped:
            self._record("evicted", {"txid": txid, "reason": reason})
        return tuple(dropped)

    def _record(self, kind: str, data: dict[str, object]) -> None:
        self._last_event += 1
        row = (self._last_event, kind, msgpack.packb(data))
        self._connection.execute("INSERT INTO event (number, kind, data) VALUES (?, ?, ?)", row)
