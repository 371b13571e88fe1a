"""Passes transactions on: each peer follows the mempool's order at its own pace; none is lost, none overtakes.

They are pushed to a few peers and named to the others, who ask for what they lack. Who asks for what was named to it
would have had it sooner by a push, and is pushed to from then on; who tells of what was pushed to it, as it had it from
elsewhere, has things named to it. So the pushes come to follow the shortest ways, and few things travel twice.
"""

from collections.abc import Iterator

from p2pchain.chain.transaction import Transaction
from p2pchain.node.density import Pending
from p2pchain.node.events import Now
from p2pchain.node.keepalive import Keepalive
from p2pchain.node.limits import (
    ANNOUNCE_EVERY_MS,
    CROSSED_MAX,
    PUSHED_ALL_MAX,
    PUSHED_MAX,
    RELAY_BYTES_PER_MESSAGE,
    RELAY_COUNT_PER_MESSAGE,
    TXS_ASKED_MAX,
)
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.questions import TooMuchAsked
from p2pchain.node.reach import Reach
from p2pchain.node.timers import Timers
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_tx import NewTx


class Relay:
    """Keeps a place in the mempool's order for each peer."""

    def __init__(self, mempool: Mempool, peers: Peers, keepalive: Keepalive, timers: Timers) -> None:
        """Take what is to be told, and to whom."""
        self._mempool = mempool
        self._peers = peers
        self._keepalive = keepalive
        self._timers = timers
        self._look_ms = 0
        # How far all was told, and to which nodes, when there was last nothing to do.
        self._all_told: tuple[int, list[Peer]] | None = None

    def settle(self, now: Now) -> None:
        """Send every peer that can take more what it asked for, and what it was not told of."""
        end = self._mempool.next_sequence
        nodes = self._peers.nodes()
        if self._all_told is not None and self._all_told[0] == end and self._all_told[1] is nodes:
            return
        asking = [peer for peer in self._peers.all() if peer.txs_wanted]
        behind = [peer for peer in nodes if peer.relay_cursor < end]
        self._all_told = None if asking or behind else (end, nodes)
        for peer in asking:
            if peer.writable:
                self._answer(peer, now)
        frames: dict[tuple[bytes, ...], bytes] = {}
        for peer in behind:
            waits = peer.names_due_ms is not None and now.ticks_ms < peer.names_due_ms
            if waits or not peer.writable:
                continue
            if self._pushes_to(peer, nodes) or len(nodes) <= PUSHED_ALL_MAX:
                if self._keepalive.may_push(peer):
                    self._push(peer, frames, now)
            else:
                self._name(peer, now)

    def receive(self, peer: Peer, message: GetTx, tag: int | None, now: Now) -> None:
        """Note what a peer asks for, and that a push would have served it better.

        Raises:
            TooMuchAsked: it has not waited for its earlier answers.
        """
        del tag, now
        if len(peer.txs_wanted) + len(message.txids) > TXS_ASKED_MAX:
            raise TooMuchAsked(
                f"at most {TXS_ASKED_MAX} transactions asked for and not yet received",
                str(len(peer.txs_wanted) + len(message.txids)),
            )
        peer.txs_wanted.extend(message.txids)
        self._all_told = None
        if not peer.pushed_to and sum(bool(each.pushed_to) for each in self._peers.nodes()) < PUSHED_MAX:
            peer.pushed_to = True
            peer.names_due_ms = None
            peer.crossed = 0

    def heard(self, peer: Peer, txid: bytes) -> None:
        """Note that a peer has a transaction, by its own word: it need not be told, or was told for nothing."""
        place = self._mempool.place_of(txid)
        if place is None or place >= peer.relay_cursor:
            peer.note_tx(txid)
            return
        peer.crossed += 1
        if peer.crossed >= CROSSED_MAX:
            peer.pushed_to = False
            peer.crossed = 0

    @staticmethod
    def _pushes_to(peer: Peer, nodes: list[Peer]) -> bool:
        if peer.pushed_to is None:
            peer.pushed_to = sum(bool(each.pushed_to) for each in nodes) < PUSHED_MAX
        return peer.pushed_to

    def _push(self, peer: Peer, frames: dict[tuple[bytes, ...], bytes], now: Now) -> None:
        """Send one frame's worth; a long backlog continues at the next occasion, when this has left.

        `frames`, by their txids, are those that went to others already.
        """
        batch: list[Transaction] = []
        size = 0
        for pending in self._untold(peer):
            batch.append(pending.transaction)
            size += pending.transaction.size
            if size >= RELAY_BYTES_PER_MESSAGE or len(batch) >= RELAY_COUNT_PER_MESSAGE:
                self._timers.call_at(now.ticks_ms, lambda _: None, Reach.RECORDS)
                break
        if batch:
            txids = tuple([transaction.txid for transaction in batch])
            if txids not in frames:
                frames[txids] = encode(
                    NewTx(transactions=tuple([each.encode() for each in batch]), ack=False)
                )
            self._peers.send_encoded(peer, frames[txids])
            self._keepalive.pushed(peer, len(frames[txids]), now)

    def _name(self, peer: Peer, now: Now) -> None:
        """Name what has gathered for a while: it is in no hurry, and pushes that cross it save its names."""
        if peer.names_due_ms is None:
            peer.names_due_ms = now.ticks_ms + ANNOUNCE_EVERY_MS
            if self._look_ms != peer.names_due_ms:
                self._look_ms = peer.names_due_ms
                self._timers.call_at(self._look_ms, lambda _: None, Reach.RECORDS)
            return
        peer.names_due_ms = None
        batch: list[bytes] = []
        for pending in self._untold(peer):
            batch.append(pending.transaction.txid)
            if len(batch) >= RELAY_COUNT_PER_MESSAGE:
                self._timers.call_at(now.ticks_ms, lambda _: None, Reach.RECORDS)
                break
        if batch:
            self._peers.send(peer, HaveTx(txids=tuple(batch)))

    def _untold(self, peer: Peer) -> Iterator[Pending]:
        """Go on in the order, and leave out what the peer has; its place moves with what is taken."""
        for pending in self._mempool.since(peer.relay_cursor):
            peer.relay_cursor = pending.sequence + 1
            known = peer.forget_tx(pending.transaction.txid)
            if not known and pending.source != peer.connection:
                yield pending
        peer.relay_cursor = self._mempool.next_sequence

    def _answer(self, peer: Peer, now: Now) -> None:
        """Send one frame's worth of what was asked for; what is not pending any more is passed over."""
        batch: list[bytes] = []
        size = 0
        while peer.txs_wanted and size < RELAY_BYTES_PER_MESSAGE:
            transaction = self._mempool.find(peer.txs_wanted.popleft())
            if transaction is not None:
                batch.append(transaction.encode())
                size += transaction.size
        if peer.txs_wanted:
            self._timers.call_at(now.ticks_ms, lambda _: None, Reach.RECORDS)
        if batch:
            self._peers.send(peer, NewTx(transactions=tuple(batch), ack=False))
