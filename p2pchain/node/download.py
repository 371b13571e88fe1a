"""Fetches the bodies of the best headers' chain, from several peers at once, within a window."""

from collections.abc import Iterator
from itertools import islice

from p2pchain.chain.block import header_of
from p2pchain.chain.tree import Entry
from p2pchain.errors import OrderError
from p2pchain.node.blocks import Blocks
from p2pchain.node.bodies import Bodies
from p2pchain.node.events import Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import (
    BLOCK_LATE_MS,
    BLOCK_TIMEOUT_MS,
    BLOCKS_ASKED_TWICE,
    BODIES_HELD_BYTES,
    DOWNLOAD_WINDOW,
    STALLED_AFTER_MS,
    WITHHELD_AFTER_MS,
)
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.reach import Reach
from p2pchain.node.shares import Shares
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers
from p2pchain.node.ways import Ways
from p2pchain.wire.messages.block import BlockMessage


class WithheldBodies(OrderError):
    """A peer told of headers on its chain, and neither it nor anybody else sent the body of the first."""

    code = "withheld_bodies"
    ban_seconds = 0


class Download:
    """Which bodies are missing, and what is asked for next."""

    def __init__(
        self,
        ledger: Ledger,
        blocks: Blocks,
        bodies: Bodies,
        peers: Peers,
        health: StoreHealth,
        timers: Timers,
    ) -> None:
        """Start with nothing asked."""
        self._ledger = ledger
        self._blocks = blocks
        self._bodies = bodies
        self._peers = peers
        self._health = health
        self._timers = timers
        self._shares = Shares(peers)
        self._ways = Ways(ledger, self._have)
        self._missing: list[Entry] = []
        self._dealt = 0
        self._planned_for: tuple[bytes, bytes] = (b"", b"")
        self._due = True
        self._watching = False
        self._hoping = False
        self._was_behind = False
        self._lowest: Entry | None = None
        self._lowest_since_ms = 0
        self._failed_ms = -BLOCK_TIMEOUT_MS
        self.hopeful_until_ms = 0

    def wake(self) -> None:
        """Look again at the next occasion: a peer, a claim or a body has changed what can be asked."""
        self._due = True

    def told(self, entry: Entry) -> None:
        """Look again where a peer that tells of a block could be asked for something by that."""
        self._due |= (
            entry is not self._ledger.best
            or len(self._shares) > 0
            or not all(self._blocks.has(each) for each in self._missing)
        )

    def retry(self) -> None:
        """Ask anew for what was thought to be on its way: a body came to nothing."""
        self._due = True
        self._dealt = 0
        self._ways.plan()

    def sound(self, source: int | None) -> None:
        """Note that a body was found sound: who sent it may be asked for more at a time."""
        self._due = True
        peer = self._peers.get(source) if source is not None else None
        if peer is not None:
            self._shares.grow(peer)

    def _hope(self, now: Now) -> None:
        """Give bodies time to come: the first of a better tip that was heard of, or the next after one that came.

        Not to more headers of what is awaited already, nor to bodies above one whose contents are missing: whoever has
        no bodies for those, or hides these, could go on for ever.
        """
        self.hopeful_until_ms = now.ticks_ms + STALLED_AFTER_MS
        if not self._hoping:
            self._hoping = True
            self._timers.call_at(self.hopeful_until_ms, self._lose_hope, Reach.NOTHING)

    def ahead(self, height: int) -> int:
        """How many blocks a height is above the last block whose body is there with all below it."""
        return height - self._bodies.best_complete().height

    def settle(self, now: Now) -> None:
        """Ask for what is missing and not asked yet."""
        is_behind = self._ledger.best is not self._ledger.tip
        if is_behind and not self._was_behind:
            self._hope(now)
        self._was_behind = is_behind
        plan = (self._ledger.best.hash, self._ledger.tip.hash)
        if not self._due and plan == self._planned_for:
            return
        self._due = False
        if plan != self._planned_for or (is_behind and self._all_is_dealt):
            self._plan(plan)
        # What is held goes to the disk in the end: while that takes nothing, no more is asked for than fits beside it.
        if is_behind and (self._health.takes or not self._is_crowded):
            self._ask_peers(now)
            self._ask_on_own_ways(now)
        if not self._watching and (self._shares or self._next_missing() is not None):
            self._watching = True
            self._timers.call_at(now.ticks_ms + BLOCK_LATE_MS, self._look)

    def _plan(self, plan: tuple[bytes, bytes]) -> None:
        """Look anew at what is missing, for a best header and a tip."""
        self._planned_for = plan
        way = self._ledger.tree.way_to_best()
        self._missing = list(islice((each for each in way if not self._bodies.has(each)), DOWNLOAD_WINDOW))
        self._dealt = 0
        self._ways.plan()
        self._forget_lacks()

    def receive(self, peer: Peer, message: BlockMessage, tag: int | None, now: Now) -> None:
        """Take in a body that was asked for, be it too late; any other is passed over.

        Raises:
            RuleError: it holds no header.
        """
        del tag
        block_hash = message.hash if message.block is None else header_of(message.block).hash
        if block_hash is None or not (block_hash in peer.asked_blocks or block_hash in peer.lacks):
            return
        self._due = True
        if message.block is None:
            self._shares.refused(peer, block_hash)
            self._dealt = 0
            return
        if self._bodies.best_complete() is self._bodies.best_acceptable():
            self._hope(now)
        self._shares.arrived(peer, block_hash, now)
        self._shares.weigh(len(message.block))
        entry = self._ledger.find(block_hash)
        if entry is not None and not self._blocks.check(entry, message.block, peer.connection):
            self.retry()

    def gone(self, peer: Peer) -> None:
        """Give the share of a peer that is gone to the others."""
        self._ways.gone(peer)
        self._shares.release(peer)
        self.retry()

    def _forget_lacks(self) -> None:
        """Keep no more of what a peer lacks than what is still wanted: it could name one block after another."""
        wanted = {entry.hash for entry in self._missing}
        for peer in self._peers.nodes():
            if peer.lacks:
                peer.lacks &= wanted.union(entry.hash for entry in self._ways.missing(peer))

    def _undealt(self, peer: Peer) -> Iterator[Entry]:
        """List what a peer may be asked for, lowest first; what was dealt out or is there is passed over for good."""
        if self._is_crowded:
            entry = self._next_missing()
            if entry is not None and self._is_free(entry) and _may_have(peer, entry):
                yield entry
            return
        first = True
        for place in range(self._dealt, len(self._missing)):
            entry = self._missing[place]
            if self._is_free(entry):
                first = False
                if peer.claimed_work < entry.work:
                    return
                if entry.hash not in peer.lacks:
                    yield entry
            elif first:
                self._dealt = place + 1

    @property
    def _all_is_dealt(self) -> bool:
        """Whether nothing is left to be asked for, nor asked for of anybody."""
        return self._dealt == len(self._missing) and not self._shares

    @property
    def _is_crowded(self) -> bool:
        """Whether so many bodies are held or awaited that only those are wanted that others wait for."""
        return self._fitting <= 0

    @property
    def _fitting(self) -> int:
        """How many more bodies would find room beside those that are held, checked or awaited."""
        taken = self._bodies.held_bytes + self._blocks.checking_bytes
        return self._shares.fitting(BODIES_HELD_BYTES * 3 // 4 - taken)

    def _next_missing(self) -> Entry | None:
        return next((entry for entry in self._missing if not self._have(entry)), None)

    def _is_free(self, entry: Entry) -> bool:
        return entry.hash not in self._shares and not self._have(entry)

    def _have(self, entry: Entry) -> bool:
        return self._blocks.has(entry) or self._blocks.adopt(entry)

    def _ask_peers(self, now: Now) -> None:
        """Deal missing bodies out, lowest first, to peers that may have them: full shares, not one by one."""
        if not self._missing:
            return
        for peer in sorted(self._peers.nodes(), key=lambda peer: len(peer.asked_blocks)):
            if self._all_is_dealt:
                return
            room = self._shares.room(peer, now) - self._blocks.unchecked(peer.connection)
            if room <= 0 or room < min(peer.blocks_share // 2, len(self._missing) - self._dealt):
                continue
            share = self._asked_in_vain(peer, now, idle=False)[:room]
            more = min(room - len(share), max(self._fitting, 1))
            share += [each.hash for each in islice(self._undealt(peer), more)]
            share = share or self._asked_in_vain(peer, now, idle=True)[:room]
            if share:
                self._shares.ask(peer, share, now)

    def _ask_on_own_ways(self, now: Now) -> None:
        """Ask each peer for bodies on the way to the tip that it tells of, where the best header's is another."""
        for peer in self._peers.nodes():
            missing = self._ways.missing(peer)
            if not missing:
                continue
            way = islice(missing, 1 if self._is_crowded else None)
            free = (each.hash for each in way if self._is_free(each) and each.hash not in peer.lacks)
            room = self._shares.room(peer, now) - self._blocks.unchecked(peer.connection)
            share = list(islice(free, max(min(room, max(self._fitting, 1)), 0)))
            if share:
                self._shares.ask(peer, share, now)

    def _asked_in_vain(self, peer: Peer, now: Now, *, idle: bool) -> list[bytes]:
        """Find a few bodies, the lowest, that a peer could send in place of others that are late."""
        late = self._shares.late(now, idle=idle) - peer.asked_blocks
        if not late:
            return []
        wanted = (each for each in self._missing if each.hash in late and _may_have(peer, each))
        return [each.hash for each in islice(wanted, BLOCKS_ASKED_TWICE)]

    def _look(self, now: Now) -> None:
        """Look again for who is late or stalls, and where all have failed, ask all again."""
        self._watching = False
        self._due = True
        if self._shares.take_from_stalled(now):
            self._dealt = 0
        lowest = self._next_missing()
        nodes = self._peers.nodes()
        if lowest is not self._lowest or not nodes:
            self._lowest, self._lowest_since_ms = lowest, now.ticks_ms
        if lowest is None or lowest.hash in self._shares or any(_may_have(peer, lowest) for peer in nodes):
            return
        if now.ticks_ms - self._lowest_since_ms >= WITHHELD_AFTER_MS:
            self._let_go(lowest)
        elif now.ticks_ms >= self._failed_ms + BLOCK_TIMEOUT_MS:
            self._failed_ms = now.ticks_ms
            for peer in nodes:
                peer.lacks.clear()
                peer.rests_until_ms = 0

    def _let_go(self, entry: Entry) -> None:
        """Let go of headers whose bodies nobody sends, and of who told that they are on its chain; ask the others."""
        doomed = self._ledger.tree.condemn(entry)
        self._bodies.forget_unknown()
        error = WithheldBodies(f"block {entry.height:,} within {WITHHELD_AFTER_MS // 1000} s", "none")
        for peer in self._peers.nodes():
            if peer.headers_reached in doomed:
                self._peers.dismiss(peer, error.code, str(error))
            peer.headers_wanted |= peer.claimed_work > self._ledger.tip.work

    def _lose_hope(self, now: Now) -> None:
        """Have others look again once nothing has come in for a while: mining and announcing were held up."""
        self._hoping = now.ticks_ms < self.hopeful_until_ms
        if self._hoping:
            self._timers.call_at(self.hopeful_until_ms, self._lose_hope, Reach.NOTHING)
        elif self._ledger.best is not self._ledger.tip:
            self._timers.call_at(now.ticks_ms, lambda _: None)


def _may_have(peer: Peer, entry: Entry) -> bool:
    return peer.claimed_work >= entry.work and entry.hash not in peer.lacks
