"""Contents that the operator had this node forget: erased on disk, never taken in again, and never served."""

from p2pchain.chain.block import Block
from p2pchain.node.actions import ForgetContents
from p2pchain.node.events import ContentsForgotten, Now, StoreFailed
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.forget import Forget


class Tombstones:
    """The txids whose contents are not wanted here, as on disk."""

    def __init__(
        self,
        forgotten: frozenset[bytes],
        mempool: Mempool,
        subscriptions: Subscriptions,
        peers: Peers,
        outbox: Outbox,
        network_id: bytes,
    ) -> None:
        """Start from the tombstones on disk."""
        self._txids = set(forgotten)
        self._unerased: set[bytes] = set()
        self._network_id = network_id
        self._mempool = mempool
        self._subscriptions = subscriptions
        self._peers = peers
        self._outbox = outbox
        self._askers: dict[int, tuple[int, int | None, tuple[bytes, ...]]] = {}

    def __contains__(self, txid: bytes) -> bool:
        """Whether a transaction's content is to be forgotten."""
        return txid in self._txids

    def missing(self, block: Block) -> dict[bytes, int]:
        """Find the transactions of a block that lack a content which is not to be forgotten: txid to index."""
        return {
            transaction.txid: place
            for place, transaction in enumerate(block.transactions)
            if transaction.content is None and transaction.txid not in self._txids
        }

    def strip(self, block: Block) -> Block:
        """Give a block without the contents that are to be forgotten."""
        if not self._txids:
            return block
        places = [
            place
            for place, transaction in enumerate(block.transactions)
            if transaction.content is not None and transaction.txid in self._txids
        ]
        return block.with_contents(dict.fromkeys(places)) if places else block

    def clean(self, encoded: bytes) -> bytes:
        """Give an encoded block as the disk will give it once all is erased that it was told to erase."""
        return self.strip(Block.decode(encoded, self._network_id)).encode() if self._unerased else encoded

    def receive(self, peer: Peer, message: Forget, tag: int | None, now: Now) -> None:
        """Have contents erased, and from this moment on take them in no more, nor serve them from blocks."""
        del now
        self._txids.update(message.txids)
        self._unerased.update(message.txids)
        job = self._outbox.next_job()
        self._askers[job] = peer.connection, tag, message.txids
        self._outbox.append(ForgetContents(job, message.txids))
        self._outbox.report("warning", f"forgetting the contents of {len(message.txids)} transactions")

    def store_failed(self, event: StoreFailed) -> None:
        """Tell who asked that nothing was erased. What was named is not taken in all the same, until the next start."""
        for job in self._askers.keys() & event.jobs:
            connection, tag, _ = self._askers.pop(job)
            peer = self._peers.get(connection)
            if peer is not None:
                reason = f"nothing is erased yet, the disk refuses ({event.code}); ask again later"
                self._peers.send(peer, ErrorMessage(code="not_stored", reason=reason, to="forget"), tag)

    def forgotten(self, event: ContentsForgotten) -> None:
        """Follow the disk, and answer who asked."""
        self._mempool.remove(event.dropped)
        self._subscriptions.stored(event.last_event)
        connection, tag, erased = self._askers.pop(event.job)
        self._unerased.difference_update(erased)
        peer = self._peers.get(connection)
        if peer is not None:
            self._peers.send(peer, Done(), tag)
