"""Tells peers of a new tip, and hears of theirs."""

from bisect import bisect_left
from collections.abc import Callable

from p2pchain.chain import rules
from p2pchain.chain.block import Block, header_of
from p2pchain.chain.header import Header
from p2pchain.errors import PeerError
from p2pchain.node.block_parts import BlockParts
from p2pchain.node.blocks import Blocks
from p2pchain.node.bodies import Bodies
from p2pchain.node.compact import Compact
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.contents import ContentFetch
from p2pchain.node.events import Now
from p2pchain.node.held import Held, HeldHeader
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import COMPACT_BLOCK_MIN
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import Sync
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.short_id import short_ids


class Announce:
    """Spreads tips: to a peer that has its parent the block, compact where the peer is likely to have the transactions.

    One that is further behind gets the header alone.

    A block that will be the next tip is told of before it is one, while the disk is at work, in its compact form alone.
    That is safe: its proof of work, roots, contents and signatures are checked, so that it was dear to make, and all
    that can still be wrong is that one of its transactions stands in the chain already, or that the disk is full.
    Nobody is charged for a body that was put together from a compact form, so whoever tells of it early risks nothing.
    It is not served whole before it stands in the chain, and of each tip one child at most is told of so.
    """

    def __init__(
        self,
        ledger: Ledger,
        mempool: Mempool,
        bodies: Bodies,
        blocks: Blocks,
        parts: BlockParts,
        compact: Compact,
        contents: ContentFetch,
        sync: Sync,
        held: Held,
        peers: Peers,
        outbox: Outbox,
    ) -> None:
        """Start with nothing to tell: the greeting names the tip."""
        self._ledger = ledger
        self._mempool = mempool
        self._bodies = bodies
        self._blocks = blocks
        self._parts = parts
        self._compact = compact
        self._contents = contents
        self._sync = sync
        self._held = held
        self._peers = peers
        self._outbox = outbox
        self._places: list[int] = []
        self._early = (bytes(32), bytes(32))
        held.on_due(self._due)

    def chain_changed(self, changed: ChainChanged, now: Now) -> None:
        """Keep the new tip's block at hand, and where its transactions stood among what was pending until now."""
        del now
        block = changed.tip_body.block if changed.tip_body is not None else None
        self._places = self._places_of(block) if block is not None else []
        self._parts.newest = block
        self._parts.coming = None

    def drop_block(self) -> None:
        """Keep the tip's block no more, for it may hold what is to be forgotten."""
        self._parts.newest = None
        self._parts.coming = None

    def settle(self, now: Now) -> None:
        """Tell every peer that can take more of the tip, unless it knows, or we are still catching up."""
        coming = self._coming()
        if coming is not None:
            self._tell_early(coming)
        tip = self._ledger.tip
        known = {tip.hash, coming.hash} if coming is not None else {tip.hash}
        behind = [
            peer
            for peer in self._peers.all()
            if peer.told_tip not in known and peer.knows_tip not in known and peer.writable and peer.is_node
        ]
        if not behind or self._sync.syncing(now):
            return
        frames: dict[Callable[[], NewBlock], bytes] = {}
        for peer in behind:
            form = self._form_for(peer)
            if form not in frames:
                frames[form] = encode(form())
            peer.told_tip = tip.hash
            self._peers.send_encoded(peer, frames[form])

    def _coming(self) -> Block | None:
        """Give the block that will be the next tip, where its body is checked and nothing of it is missing."""
        best = self._ledger.best
        body = self._bodies.held(best.hash)
        if body is None or body.lacking or best.header.previous_hash != self._ledger.tip.hash:
            self._parts.coming = None
            return None
        return body.block

    def _tell_early(self, block: Block) -> None:
        """Tell those of it that have its parent and, it seems, its transactions; the others when it is the tip."""
        parent = block.header.previous_hash
        if self._early[0] == parent and self._early[1] != block.hash:
            return
        self._early = parent, block.hash
        if self._parts.coming is not block:
            self._parts.coming = block
            self._places = self._places_of(block)
        frame = b""
        for peer in self._peers.nodes():
            heard = (peer.knows_tip, peer.told_tip)
            if parent in heard and block.hash not in heard and peer.writable and self._has_most(peer, block):
                frame = frame or encode(_as_compact(block))
                peer.told_tip = block.hash
                self._peers.send_encoded(peer, frame)

    def _has_most(self, peer: Peer, block: Block) -> bool:
        """Whether a peer is likely to have at least half of a block's transactions; of a small one's, all."""
        told = bisect_left(self._places, peer.relay_cursor)
        share = 2 if block.size > COMPACT_BLOCK_MIN else 1
        return told * share >= len(block.transactions)

    def _places_of(self, block: Block) -> list[int]:
        found = (self._mempool.place_of(each.txid) for each in block.transactions)
        return sorted(place for place in found if place is not None)

    def _form_for(self, peer: Peer) -> Callable[[], NewBlock]:
        block = self._parts.newest
        if block is None or self._ledger.tip.header.previous_hash not in (peer.knows_tip, peer.told_tip):
            return self._as_header
        likely = block.size > COMPACT_BLOCK_MIN and self._has_most(peer, block)
        return self._as_compact if likely else self._as_whole

    def _as_header(self) -> NewBlock:
        return NewBlock(header=self._ledger.tip.header.encode())

    def _as_whole(self) -> NewBlock:
        return NewBlock(block=self._newest().encode())

    def _as_compact(self) -> NewBlock:
        return _as_compact(self._newest())

    def _newest(self) -> Block:
        if self._parts.newest is None:
            raise AssertionError("it is told of only where it is at hand")
        return self._parts.newest

    def receive(self, peer: Peer, message: NewBlock, tag: int | None, now: Now) -> None:
        """Take in an announced block, or ask for what an announced header stands on.

        Raises:
            RuleError: the header breaks a rule.
        """
        del tag
        header = (
            header_of(message.block) if message.block is not None else Header.decode(message.header or b"")
        )
        try:
            if message.block is not None:
                entry = self._blocks.announce(message.block, peer, now)
            else:
                entry = self._blocks.place(header, now)
        except rules.FutureHeader:
            self._held.hold(header, message.block, peer, now)
            return
        peer.knows_tip = header.hash
        peer.claimed_height = header.height
        if entry is None:
            self._sync.want(peer)
            return
        self._sync.heard(peer, entry)
        self._contents.told(peer, entry)
        if message.coinbase is not None and message.short_ids is not None:
            self._compact.begin(peer, entry, message.coinbase, message.short_ids, now)

    def _due(self, held: HeldHeader, now: Now) -> None:
        """Take in what had come too early, as if all who told of it did so now."""
        tellers = [peer for each in held.tellers if (peer := self._peers.get(each)) is not None]
        try:
            if held.encoded is not None:
                entry = self._blocks.announce(held.encoded, self._peers.get(held.source), now)
            else:
                entry = self._blocks.place(held.header, now)
        except PeerError as error:
            self._outbox.report("info", f"block {held.header.height:,} passed over ({error.code}): {error}")
            return
        for peer in tellers:
            if entry is not None:
                self._sync.heard(peer, entry)
            if entry is None or peer.claimed_height > entry.height:
                self._sync.want(peer)


def _as_compact(block: Block) -> NewBlock:
    ids = short_ids([transaction.head.leaf for transaction in block.transactions], block.hash)
    return NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=tuple(ids))
