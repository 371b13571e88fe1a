"""Passes transactions on: each peer follows the mempool's order at its own pace; none is lost, none overtakes."""

from p2pchain.node.events import Now
from p2pchain.node.limits import RELAY_BYTES_PER_MESSAGE, RELAY_COUNT_PER_MESSAGE
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.new_tx import NewTx


class Relay:
    """Keeps a place in the mempool's order for each peer."""

    def __init__(self, mempool: Mempool, peers: Peers, timers: Timers) -> None:
        """Take what is to be told, and to whom."""
        self._mempool = mempool
        self._peers = peers
        self._timers = timers

    def settle(self, now: Now) -> None:
        """Send every peer that can take more what it has not had."""
        end = self._mempool.next_sequence
        for peer in self._peers.nodes():
            if peer.relay_cursor < end and peer.writable:
                self._send(peer, now)

    def _send(self, peer: Peer, now: Now) -> None:
        """Send one frame's worth; a long backlog continues at the next occasion, when this has left."""
        batch: list[bytes] = []
        size = 0
        cursor = self._mempool.next_sequence
        for pending in self._mempool.since(peer.relay_cursor):
            if size >= RELAY_BYTES_PER_MESSAGE or len(batch) >= RELAY_COUNT_PER_MESSAGE:
                cursor = pending.sequence
                self._timers.call_at(now.ticks_ms, lambda _: None)
                break
            if pending.source != peer.connection:
                batch.append(pending.transaction.encode())
                size += pending.transaction.size
        peer.relay_cursor = cursor
        if batch:
            self._peers.send(peer, NewTx(transactions=tuple(batch), ack=False))
