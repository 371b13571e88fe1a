"""Tells peers of a new tip, and hears of theirs."""

from collections.abc import Callable

from p2pchain.chain import rules
from p2pchain.chain.block import Block, header_of
from p2pchain.chain.header import Header
from p2pchain.errors import PeerError
from p2pchain.node.block_parts import BlockParts
from p2pchain.node.blocks import Blocks
from p2pchain.node.coming import Coming, compact
from p2pchain.node.compact import Compact
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.contents import ContentFetch
from p2pchain.node.events import Now
from p2pchain.node.held import Held, HeldHeader
from p2pchain.node.ledger import Ledger
from p2pchain.node.likely import Likely, is_large
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import Sync
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.new_block import NewBlock


class Announce:
    """Spreads tips: to a peer that has its parent the block, compact where the peer is likely to have the transactions.

    One that is further behind gets the header alone.
    """

    def __init__(
        self,
        ledger: Ledger,
        blocks: Blocks,
        parts: BlockParts,
        likely: Likely,
        coming: Coming,
        compact: Compact,
        contents: ContentFetch,
        sync: Sync,
        held: Held,
        peers: Peers,
        outbox: Outbox,
    ) -> None:
        """Start with nothing to tell: the greeting names the tip."""
        self._ledger = ledger
        self._blocks = blocks
        self._parts = parts
        self._likely = likely
        self._coming = coming
        self._compact = compact
        self._contents = contents
        self._sync = sync
        self._held = held
        self._peers = peers
        self._outbox = outbox
        held.on_due(self._due)

    def chain_changed(self, changed: ChainChanged, now: Now) -> None:
        """Keep the new tip's block at hand, and where its transactions stood among what was pending until now."""
        del now
        block = changed.tip_body.block if changed.tip_body is not None else None
        if block is not None:
            self._likely.look(block)
        self._parts.newest = block
        self._parts.coming = None

    def drop_block(self) -> None:
        """Keep the tip's block no more, for it may hold what is to be forgotten."""
        self._parts.newest = None
        self._parts.coming = None

    def settle(self, now: Now) -> None:
        """Tell every peer that can take more of the tip, unless it knows, or we are still catching up."""
        tip = self._ledger.tip
        known = {tip.hash, self._coming.hash()}
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

    def _form_for(self, peer: Peer) -> Callable[[], NewBlock]:
        block = self._parts.newest
        if block is None or self._ledger.tip.header.previous_hash not in (peer.knows_tip, peer.told_tip):
            return self._as_header
        saves = is_large(block) and self._likely.has_most(peer, block)
        return self._as_compact if saves else self._as_whole

    def _as_header(self) -> NewBlock:
        return NewBlock(header=self._ledger.tip.header.encode())

    def _as_whole(self) -> NewBlock:
        return NewBlock(block=self._newest().encode())

    def _as_compact(self) -> NewBlock:
        return compact(self._newest())

    def _newest(self) -> Block:
        if self._parts.newest is None:
            raise AssertionError("it is told of only where it is at hand")
        return self._parts.newest

    def receive(self, peer: Peer, message: NewBlock, now: Now) -> bool:
        """Take in an announced block, or ask for what an announced header stands on; says if more may follow from it.

        One that was condemned is passed over without blame: who tells of it may be checking it still.

        Raises:
            RuleError: the header breaks a rule.
        """
        header = (
            header_of(message.block) if message.block is not None else Header.decode(message.header or b"")
        )
        if self._ledger.is_condemned(header.hash):
            return False
        try:
            if message.block is not None:
                entry = self._blocks.announce(message.block, peer, now)
            else:
                entry = self._blocks.place(header, now)
        except rules.FutureHeader:
            self._held.hold(header, message.block, peer, now)
            return True
        peer.knows_tip = header.hash
        peer.claimed_height = header.height
        if entry is None:
            self._sync.want(peer)
            return True
        self._sync.heard(peer, entry)
        wanted = self._contents.told(peer, entry)
        if message.coinbase is not None and message.short_ids is not None:
            self._compact.begin(peer, entry, message.coinbase, message.short_ids, now)
        # Most tell of what stands here already.
        return wanted or not entry is self._ledger.tip is self._ledger.best

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
