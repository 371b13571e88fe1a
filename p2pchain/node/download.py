"""Fetches the bodies of the best headers' chain, from several peers at once, within a window."""

from collections.abc import Iterator
from itertools import islice

from p2pchain.chain.block import header_of
from p2pchain.chain.tree import Entry
from p2pchain.node.blocks import Blocks
from p2pchain.node.bodies import Bodies
from p2pchain.node.events import Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import (
    BLOCK_TIMEOUT_MAX_MS,
    BLOCK_TIMEOUT_MS,
    BLOCKS_IN_FLIGHT_PER_PEER,
    BODIES_HELD_BYTES,
    DOWNLOAD_WINDOW,
    STALLED_AFTER_MS,
)
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks


class Download:
    """Which bodies are missing, and who was asked for each."""

    def __init__(self, ledger: Ledger, blocks: Blocks, bodies: Bodies, peers: Peers, timers: Timers) -> None:
        """Start with nothing asked."""
        self._ledger = ledger
        self._blocks = blocks
        self._bodies = bodies
        self._peers = peers
        self._timers = timers
        self._asked: set[bytes] = set()
        self._timeout_ms = BLOCK_TIMEOUT_MS
        self._missing: list[Entry] = []
        self._dealt = 0
        self._planned_for: tuple[bytes, bytes] = (b"", b"")
        self._due = True
        self._watching = False
        self._hoping = False
        self.hopeful_until_ms = 0

    def wake(self) -> None:
        """Look again at the next occasion: a peer, a claim or a body has changed what can be asked."""
        self._due = True

    def retry(self) -> None:
        """Ask anew for what was thought to be on its way: a body came to nothing."""
        self._due = True
        self._dealt = 0

    def hope(self, now: Now) -> None:
        """Something came in that may lead to a better tip: give its bodies time to follow."""
        self._due = True
        self.hopeful_until_ms = now.ticks_ms + STALLED_AFTER_MS
        if not self._hoping:
            self._hoping = True
            self._timers.call_at(self.hopeful_until_ms, self._lose_hope)

    @property
    def ahead(self) -> int:
        """How many blocks the best header is above the last whose body is there with all below it."""
        return self._ledger.best.height - self._bodies.best_complete().height

    def settle(self, now: Now) -> None:
        """Ask for what is missing and not asked yet."""
        plan = (self._ledger.best.hash, self._ledger.tip.hash)
        if not self._due and plan == self._planned_for:
            return
        self._due = False
        if plan != self._planned_for or (self._dealt == len(self._missing) and not self._asked):
            self._planned_for = plan
            way = self._ledger.tree.way_to_best()
            self._missing = list(
                islice((each for each in way if not self._bodies.has(each)), DOWNLOAD_WINDOW)
            )
            self._dealt = 0
            self._forget_lacks()
        if self._bodies.held_bytes <= BODIES_HELD_BYTES * 3 // 4:
            self._ask_peers(now)

    def receive(self, peer: Peer, message: BlockMessage, tag: int | None, now: Now) -> None:
        """Take in a body that was asked for; one that was not, or no longer, is passed over.

        Raises:
            RuleError: it holds no header.
        """
        del tag
        block_hash = message.hash if message.block is None else header_of(message.block).hash
        if block_hash is None or block_hash not in peer.asked_blocks:
            return
        peer.asked_blocks.discard(block_hash)
        self._asked.discard(block_hash)
        self._due = True
        if message.block is None:
            peer.lacks.add(block_hash)
            self._dealt = 0
            return
        self.hope(now)
        peer.blocks_deadline_ms = now.ticks_ms + self._timeout_ms
        self._timeout_ms = max(BLOCK_TIMEOUT_MS, self._timeout_ms * 7 // 8)
        entry = self._ledger.find(block_hash)
        if entry is not None:
            self._blocks.check(entry, message.block, peer.connection)

    def gone(self, peer: Peer) -> None:
        """Give the share of a peer that is gone to the others."""
        self._due = True
        self._release(peer)

    def _forget_lacks(self) -> None:
        """Keep no more of what a peer lacks than what is still wanted: it could name one block after another."""
        wanted = {entry.hash for entry in self._missing}
        for peer in self._peers.nodes():
            peer.lacks &= wanted

    def _undealt(self, peer: Peer) -> Iterator[Entry]:
        """List what a peer may be asked for, lowest first; what was dealt out or is there is passed over for good."""
        first = True
        for place in range(self._dealt, len(self._missing)):
            entry = self._missing[place]
            if entry.hash not in self._asked and not self._have(entry):
                first = False
                if peer.claimed_work < entry.work:
                    return
                if entry.hash not in peer.lacks:
                    yield entry
            elif first:
                self._dealt = place + 1

    def _have(self, entry: Entry) -> bool:
        return self._blocks.has(entry) or self._blocks.adopt(entry)

    def _ask_peers(self, now: Now) -> None:
        """Deal missing blocks out, lowest first, to peers that may have them: full shares, not one by one."""
        for peer in sorted(self._peers.nodes(), key=lambda peer: len(peer.asked_blocks)):
            room = BLOCKS_IN_FLIGHT_PER_PEER - len(peer.asked_blocks)
            if room < min(BLOCKS_IN_FLIGHT_PER_PEER // 2, len(self._missing) - self._dealt):
                break
            share = [each.hash for each in islice(self._undealt(peer), room)]
            if not share:
                continue
            if not peer.asked_blocks:
                peer.blocks_deadline_ms = now.ticks_ms + self._timeout_ms
            peer.asked_blocks.update(share)
            self._asked.update(share)
            self._peers.send(peer, GetBlocks(hashes=tuple(share)))
        if self._missing and not self._watching:
            self._watching = True
            self._timers.call_at(now.ticks_ms + BLOCK_TIMEOUT_MS, self._look)

    def _look(self, now: Now) -> None:
        """Take its share from a peer that stalls, for others to send; be more patient from then on."""
        self._watching = False
        self._due = True
        for peer in self._peers.nodes():
            if peer.asked_blocks and peer.blocks_deadline_ms <= now.ticks_ms:
                peer.lacks.update(peer.asked_blocks)
                self._release(peer)
                self._timeout_ms = min(self._timeout_ms * 2, BLOCK_TIMEOUT_MAX_MS)
        next_one = next((entry for entry in self._missing if not self._have(entry)), None)
        nodes = self._peers.nodes()
        if next_one is not None and not self._asked and not any(_may_have(peer, next_one) for peer in nodes):
            for peer in nodes:
                peer.lacks.clear()

    def _lose_hope(self, now: Now) -> None:
        """Have others look again once nothing has come in for a while: mining and announcing were held up."""
        self._hoping = now.ticks_ms < self.hopeful_until_ms
        if self._hoping:
            self._timers.call_at(self.hopeful_until_ms, self._lose_hope)

    def _release(self, peer: Peer) -> None:
        """Take back what a peer was asked for, to be dealt out again."""
        self._asked -= peer.asked_blocks
        peer.asked_blocks.clear()
        self._dealt = 0


def _may_have(peer: Peer, entry: Entry) -> bool:
    return peer.claimed_work >= entry.work and entry.hash not in peer.lacks
