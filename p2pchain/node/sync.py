"""Headers first: asks peers whose chain has more work for the headers that follow ours."""

from p2pchain.chain import rules
from p2pchain.chain.header import Header
from p2pchain.chain.tree import Entry
from p2pchain.errors import OrderError
from p2pchain.node.download import Download
from p2pchain.node.events import Direction, Now
from p2pchain.node.held import Held
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import (
    HEADERS_AHEAD_MAX,
    HEADERS_LATE_MS,
    HEADERS_PER_REQUEST,
    HEADERS_TIMEOUT_MS,
)
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain


class Unasked(OrderError):
    """An answer that nothing was asked for."""

    code = "unasked"


class Unconnected(OrderError):
    """Headers that do not follow any that we told."""

    code = "unconnected_headers"
    ban_seconds = 0


class HeadersTimeout(OrderError):
    """A peer that said it had more did not send it in time."""

    code = "headers_timeout"
    ban_seconds = 0
    transient = True


class Sync:
    """Which peers should be asked for headers, and what became of their answers."""

    def __init__(self, ledger: Ledger, download: Download, held: Held, peers: Peers, timers: Timers) -> None:
        """Start with nobody asked."""
        self._ledger = ledger
        self._download = download
        self._held = held
        self._peers = peers
        self._timers = timers

    def syncing(self, now: Now) -> bool:
        """Whether we are on the way to a better tip than ours, and getting on: ours is not news, nor worth building on.

        Headers whose bodies nobody sends must not silence a node: without progress this ends by itself.
        """
        return self._ledger.best is not self._ledger.tip and now.ticks_ms < self._download.hopeful_until_ms

    def want(self, peer: Peer) -> None:
        """Ask a peer at the next occasion: it told of a block whose parent is not known here."""
        peer.headers_wanted = True

    def heard(self, peer: Peer, entry: Entry) -> None:
        """Note what a peer's announcement says of its chain."""
        peer.claimed_work = max(peer.claimed_work, entry.work)
        self._download.told(entry)

    def met(self, peer: Peer) -> None:
        """Decide whether a peer that greeted us may have something better."""
        hello = peer.hello
        if hello is None:
            return
        tip = self._ledger.tip
        better = peer.claimed_work > tip.work or (peer.claimed_work == tip.work and hello.tip < tip.hash)
        peer.headers_wanted = better and self._ledger.find(hello.tip) is None
        self._download.wake()

    def settle(self, now: Now) -> None:
        """Ask one peer at a time while far behind, for all would say the same; else whoever has something.

        Where that one is late, the next one is asked too: nobody can hold us up alone. Those that we dialled come
        first, for nobody chooses to be dialled, and those last that were slow before.
        """
        if not any(peer.headers_wanted for peer in self._peers.all()):
            return
        nodes = self._peers.nodes()
        under_way = any(
            peer.headers_asked and not peer.headers_slow and not _is_late(peer, now) for peer in nodes
        )
        for peer in sorted(nodes, key=_turn):
            far_behind = peer.claimed_height > self._ledger.best.height + HEADERS_PER_REQUEST
            if not peer.headers_wanted or peer.headers_asked or (far_behind and under_way):
                continue
            if self._download.ahead(self._shown_height(peer)) <= HEADERS_AHEAD_MAX:
                self._ask(peer, now)
                under_way = True

    def receive(self, peer: Peer, message: Chain, tag: int | None, now: Now) -> None:
        """Hold the headers of an answer.

        Raises:
            Unasked: nothing was asked for.
            Unconnected: they do not follow what the locator named.
            RuleError: one of them breaks a rule.
        """
        del tag
        if not peer.headers_asked or message.what != "headers":
            raise Unasked("an answer to a question", f"chain of {message.what}")
        peer.headers_asked = False
        peer.headers_wanted = False
        peer.claimed_height = message.height
        headers = [Header.decode(item) for item in message.items]
        if headers and self._was_let_go(headers[0].previous_hash, peer):
            peer.headers_reached, peer.headers_wanted = None, True
            return
        held, shown = len(self._ledger.tree), self._shown_height(peer)
        last = self._hold(headers, peer, now)
        news = len(self._ledger.tree) > held
        if last is None:
            peer.claimed_work = min(peer.claimed_work, self._ledger.best.work)
            return
        peer.headers_reached = last.hash
        peer.headers_wanted = last.height < message.height and (news or last.height > shown)
        few = peer.headers_wanted and len(message.items) < HEADERS_PER_REQUEST
        peer.headers_slow = few or _is_late(peer, now)
        if peer.headers_wanted:
            peer.claimed_work = max(last.work, peer.claimed_work)
        else:
            peer.claimed_work = last.work
            peer.knows_tip = last.hash
        self._download.wake()

    def gone(self, peer: Peer) -> None:
        """Forget what was asked of a peer that is gone; others may have it too."""
        if peer.headers_asked:
            for other in self._peers.nodes():
                other.headers_wanted |= other.claimed_work > self._ledger.tip.work

    def _hold(self, headers: list[Header], peer: Peer, now: Now) -> Entry | None:
        last: Entry | None = None
        for header in headers:
            if last is not None and header.previous_hash != last.hash:
                raise _unconnected(header)
            # What follows a block that is not connected is not connected either: the disk need not be asked.
            ahead = last is not None and not self._ledger.tree.is_connected(last)
            entry = (self._ledger.tree.get if ahead else self._ledger.find)(header.hash)
            if entry is None:
                parent = last or self._ledger.find(header.previous_hash)
                if parent is None:
                    raise _unconnected(header)
                try:
                    entry = self._ledger.accept(header, parent, now)
                except rules.FutureHeader:
                    self._held.hold(header, None, peer, now)
                    return last
            last = entry
        return last

    def _ask(self, peer: Peer, now: Now) -> None:
        peer.headers_asked = True
        peer.headers_asked_ms = now.ticks_ms
        reached = (peer.headers_reached,) if peer.headers_reached is not None else ()
        locator = (*reached, *self._ledger.locator())
        self._peers.send(peer, GetChain(locator=locator, what="headers", limit=HEADERS_PER_REQUEST))
        self._timers.call_at(now.ticks_ms + HEADERS_LATE_MS, lambda _: None)
        self._look_later(peer, now)

    def _look_later(self, peer: Peer, now: Now) -> None:
        self._timers.call_at(now.ticks_ms + HEADERS_TIMEOUT_MS, lambda later: self._look(peer, later))

    def _was_let_go(self, block_hash: bytes, peer: Peer) -> bool:
        """Whether a peer goes on where it had come to, on a branch that is not held here any more: no fault of its."""
        return block_hash == peer.headers_reached and self._ledger.find(block_hash) is None

    def _shown_height(self, peer: Peer) -> int:
        """How high the headers are that a peer has shown, as far as they are held."""
        entry = self._ledger.tree.get(peer.headers_reached) if peer.headers_reached is not None else None
        return entry.height if entry is not None else 0

    def _look(self, peer: Peer, now: Now) -> None:
        """Give a peer up that does not answer, unless bodies that were asked of it may stand in line before that."""
        is_due = peer.headers_asked_ms + HEADERS_TIMEOUT_MS <= now.ticks_ms
        if not (peer.is_ready and peer.headers_asked and is_due):
            return
        if peer.asked_blocks:
            self._look_later(peer, now)
        else:
            error = HeadersTimeout(f"headers within {HEADERS_TIMEOUT_MS // 1000} s", "none")
            self._peers.dismiss(peer, error.code, str(error))


def _unconnected(header: Header) -> Unconnected:
    return Unconnected("headers that follow one another and ours", f"parent {header.previous_hash.hex()}")


def _is_late(peer: Peer, now: Now) -> bool:
    """Whether a peer takes, or took, too long over headers to be waited for alone."""
    return now.ticks_ms >= peer.headers_asked_ms + HEADERS_LATE_MS


def _turn(peer: Peer) -> tuple[bool, bool, int]:
    return peer.headers_slow, peer.direction is not Direction.OUTBOUND, -peer.claimed_work
