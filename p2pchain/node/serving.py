"""Answers what others ask of the chain: headers at once, blocks from disk in slices, each when the last has left."""

from p2pchain.chain.header import hash_of
from p2pchain.node.actions import LoadBlocks, LoadContents
from p2pchain.node.events import BlocksLoaded, ContentsLoaded, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import (
    CHAIN_BYTES_MAX,
    HEADERS_PER_MESSAGE,
    SERVE_QUEUE_MAX,
    SERVE_SLICE_BLOCKS,
)
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import AskedBlock, Peer, Peers
from p2pchain.node.questions import Questions, TooMuchAsked
from p2pchain.node.tombstones import Tombstones
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents


class Serving:
    """Reads for others, within bounds for each."""

    def __init__(
        self, ledger: Ledger, tombstones: Tombstones, peers: Peers, questions: Questions, outbox: Outbox
    ) -> None:
        """Start with nobody served."""
        self._ledger = ledger
        self._tombstones = tombstones
        self._peers = peers
        self._questions = questions
        self._outbox = outbox
        self._slices: dict[int, tuple[int, tuple[AskedBlock, ...]]] = {}
        self._chains: dict[int, tuple[int, int, int | None]] = {}
        self._contents: dict[int, tuple[int, tuple[bytes, ...], int | None]] = {}

    def receive_get_chain(self, peer: Peer, message: GetChain, tag: int | None, now: Now) -> None:
        """Answer with what follows the newest known hash of a locator, or stands from a height on.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        del now
        self._questions.ask(peer, lambda: self._begin_chain(peer, message, tag))

    def _begin_chain(self, peer: Peer, message: GetChain, tag: int | None) -> bool:
        limit = min(message.limit, HEADERS_PER_MESSAGE)
        if message.start is None:
            start, headers = self._ledger.after(message.locator, limit)
        else:
            start, headers = self._ledger.from_height(message.start, limit)
        if message.what == "headers" or not headers:
            self._answer_chain(peer, tag, message.what, start, tuple(headers))
            return True
        job = self._outbox.next_job()
        self._chains[job] = (peer.connection, start, tag)
        hashes = tuple(hash_of(header) for header in headers[:SERVE_QUEUE_MAX])
        self._outbox.append(LoadBlocks(job, hashes, CHAIN_BYTES_MAX))
        return False

    def receive_get_blocks(self, peer: Peer, message: GetBlocks, tag: int | None, now: Now) -> None:
        """Queue blocks for a peer.

        Raises:
            TooMuchAsked: its queue is full.
        """
        del now
        if len(peer.serving) + len(message.hashes) > SERVE_QUEUE_MAX:
            found = str(len(peer.serving) + len(message.hashes))
            raise TooMuchAsked(f"at most {SERVE_QUEUE_MAX} blocks asked for and not yet received", found)
        peer.serving.extend((block_hash, tag) for block_hash in message.hashes)
        self.pump(peer)

    def pump(self, peer: Peer) -> None:
        """Read a peer's next slice, if the last has left and it can take more."""
        if not peer.serving or peer.serving_job is not None or not peer.writable:
            return
        wanted = tuple(peer.serving.popleft() for _ in range(min(SERVE_SLICE_BLOCKS, len(peer.serving))))
        hashes = tuple(block_hash for block_hash, _ in wanted)
        peer.serving_job = self._outbox.next_job()
        self._slices[peer.serving_job] = (peer.connection, wanted)
        self._outbox.append(LoadBlocks(peer.serving_job, hashes, CHAIN_BYTES_MAX))

    def loaded(self, event: BlocksLoaded) -> None:
        """Send what was read, and go on."""
        if event.job in self._chains:
            connection, start, tag = self._chains.pop(event.job)
            peer = self._questions.answered(connection)
            if peer is not None:
                blocks = tuple(self._tombstones.clean(block) for block in event.blocks if block is not None)
                self._answer_chain(peer, tag, "blocks", start, blocks)
            return
        connection, wanted = self._slices.pop(event.job)
        peer = self._peers.get(connection)
        if peer is None:
            return
        peer.serving_job = None
        for (block_hash, tag), block in zip(wanted, event.blocks, strict=False):
            message = (
                BlockMessage(block=self._tombstones.clean(block))
                if block is not None
                else BlockMessage(hash=block_hash, missing=True)
            )
            self._peers.send(peer, message, tag)
        peer.serving.extendleft(reversed(wanted[len(event.blocks) :]))
        self.pump(peer)

    def receive_get_contents(self, peer: Peer, message: GetContents, tag: int | None, now: Now) -> None:
        """Read contents for a peer.

        Raises:
            TooMuchAsked: it has not waited for its earlier answers.
        """
        del now
        self._questions.ask(peer, lambda: self._begin_contents(peer, message, tag))

    def _begin_contents(self, peer: Peer, message: GetContents, tag: int | None) -> bool:
        job = self._outbox.next_job()
        self._contents[job] = peer.connection, message.txids, tag
        self._outbox.append(LoadContents(job, message.txids, CHAIN_BYTES_MAX))
        return False

    def contents_loaded(self, event: ContentsLoaded) -> None:
        """Send what was read, and say what the operator had forgotten of it."""
        connection, txids, tag = self._contents.pop(event.job)
        peer = self._questions.answered(connection)
        if peer is not None:
            contents = tuple(
                None if txid in self._tombstones else content
                for txid, content in zip(txids, event.contents, strict=False)
            )
            forgotten = tuple(place for place in range(len(contents)) if txids[place] in self._tombstones)
            self._peers.send(peer, Contents(contents=contents, forgotten=forgotten), tag)

    def _answer_chain(
        self, peer: Peer, tag: int | None, what: str, start: int, items: tuple[bytes, ...]
    ) -> None:
        tip = self._ledger.tip
        self._peers.send(
            peer, Chain(what=what, start=start, items=items, height=tip.height, tip=tip.hash), tag
        )
