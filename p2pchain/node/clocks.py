"""How far this machine's clock is from its peers': said to the operator, and followed by nobody."""

from p2pchain.node.events import Now
from p2pchain.node.limits import CLOCK_LOOK_MS, CLOCK_OFFSET_MAX_MS, CLOCK_WARN_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.hello import Hello


class Clocks:
    """Compares the clocks that peers' greetings show with ours.

    A clock that followed others could be led (Bitcoin Core's was, until 2024); but one that is far off makes headers
    that others hold back, and holds back theirs.
    """

    def __init__(self, peers: Peers, outbox: Outbox, timers: Timers) -> None:
        """Start with nobody's clock seen."""
        self._peers = peers
        self._outbox = outbox
        self._timers = timers
        self._is_looking = False
        self._is_off = False

    def greeted(self, peer: Peer, hello: Hello, now: Now) -> None:
        """Take a peer's clock from its greeting, as a distance from the clock of ours that never steps."""
        peer.clock_ms = hello.time - now.ticks_ms
        if not self._is_looking:
            self._look(now)
        else:
            self._judge(now)

    def offset_ms(self, now: Now) -> int:
        """Give how far the median of the peers' clocks is ahead of ours; below zero where it is behind."""
        ours_ms = now.wall_ms - now.ticks_ms
        offsets_ms = sorted(
            peer.clock_ms - ours_ms for peer in self._peers.nodes() if peer.clock_ms is not None
        )
        median_ms = offsets_ms[(len(offsets_ms) - 1) // 2] if offsets_ms else 0
        return max(-CLOCK_OFFSET_MAX_MS, min(median_ms, CLOCK_OFFSET_MAX_MS))

    def _look(self, now: Now) -> None:
        """Look now and again: our own clock may step at any time."""
        self._judge(now)
        self._is_looking = bool(self._peers.nodes())
        if self._is_looking:
            self._timers.call_at(now.ticks_ms + CLOCK_LOOK_MS, self._look)

    def _judge(self, now: Now) -> None:
        """Say it once when the difference becomes large, and once when it is small again."""
        if not self._peers.nodes():
            return  # nobody disagrees, and nobody agrees
        offset_ms = self.offset_ms(now)
        is_off = abs(offset_ms) > CLOCK_WARN_MS
        if is_off and not self._is_off:
            side = "behind" if offset_ms > 0 else "ahead of"
            self._outbox.report(
                "warning",
                f"this clock is {abs(offset_ms) // 1000:,} s {side} the median of {len(self._peers.nodes())} peers; "
                "if it is the wrong one, set it (it is followed by nobody, and follows nobody)",
            )
        elif self._is_off and not is_off:
            self._outbox.report("info", "this clock agrees with its peers' again")
        self._is_off = is_off
