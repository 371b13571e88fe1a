"""Tells peers of a new tip, and hears of theirs."""

from p2pchain.chain import rules
from p2pchain.chain.block import header_of
from p2pchain.chain.header import Header
from p2pchain.errors import PeerError
from p2pchain.node.blocks import Blocks
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import Now
from p2pchain.node.held import Held, HeldHeader
from p2pchain.node.ledger import Ledger
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import Sync
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.new_block import NewBlock


class Announce:
    """Spreads tips: the whole block to a peer that has its parent, the header alone to one that is further behind."""

    def __init__(
        self, ledger: Ledger, blocks: Blocks, sync: Sync, held: Held, peers: Peers, outbox: Outbox
    ) -> None:
        """Start with nothing to tell: the greeting names the tip."""
        self._ledger = ledger
        self._blocks = blocks
        self._sync = sync
        self._held = held
        self._peers = peers
        self._outbox = outbox
        self._tip_block: bytes | None = None
        held.on_due(self._due)

    def chain_changed(self, changed: ChainChanged, now: Now) -> None:
        """Keep the new tip's block at hand."""
        del now
        self._tip_block = changed.tip_body.block.encode() if changed.tip_body is not None else None

    def drop_block(self) -> None:
        """Keep the tip's block no more, for it may hold what is to be forgotten."""
        self._tip_block = None

    def settle(self, now: Now) -> None:
        """Tell every peer that can take more of the tip, unless it knows, or we are still catching up."""
        tip = self._ledger.tip
        behind = [
            peer
            for peer in self._peers.nodes()
            if tip.hash not in (peer.knows_tip, peer.told_tip) and peer.writable
        ]
        if not behind or self._sync.syncing(now):
            return
        whole = encode(NewBlock(block=self._tip_block)) if self._tip_block is not None else None
        header = encode(NewBlock(header=tip.header.encode()))
        for peer in behind:
            has_parent = tip.header.previous_hash in (peer.knows_tip, peer.told_tip)
            frame = whole if has_parent else None
            peer.told_tip = tip.hash
            self._peers.send_encoded(peer, frame or header)

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
        else:
            self._sync.heard(peer, entry, now)

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
                self._sync.heard(peer, entry, now)
            if entry is None or peer.claimed_height > entry.height:
                self._sync.want(peer)
