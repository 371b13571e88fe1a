"""How catching up gets on: at what rate blocks are connected, how many are left, and how long that will take."""

from collections import deque
from dataclasses import dataclass
from statistics import median_low

from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import PROGRESS_OVER_MS, PROGRESS_STEP_MS, PROGRESS_TOLD_EVERY_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a chain is, where it is going, and how fast.

    `goal` is the height of the best header, or what half of the peers at least say that theirs is, where that is
    more. `left_ms` is None where nothing is left or nothing moves.
    """

    height: int
    goal: int
    blocks_per_minute: int
    left_ms: int | None

    def __str__(self) -> str:
        """Say it in words."""
        per_minute = self.blocks_per_minute
        rate = f"{per_minute // MINUTE_S:,}/s" if per_minute >= MINUTE_S else f"{per_minute}/min"
        left = f"{_duration(self.left_ms)} left" if self.left_ms is not None else "no end in sight"
        return f"{self.height:,} of {self.goal:,} blocks, {rate}, {left}"


class Progress:
    """Heights that the tip had not long ago, and what follows from them."""

    def __init__(self, ledger: Ledger, peers: Peers, outbox: Outbox, started: Now) -> None:
        """Start where the chain is."""
        self._ledger = ledger
        self._peers = peers
        self._outbox = outbox
        self._past = deque([(started.ticks_ms, ledger.tip.height)])
        self._told_ms = started.ticks_ms

    def pace(self, now: Now) -> Pace:
        """Measure over the last while; what is left takes as long as it did."""
        self._forget(now)
        height, goal = self._ledger.tip.height, self._goal()
        since_ms, from_height = self._past[0]
        blocks = max(0, height - from_height)
        took_ms = min(max(1, now.ticks_ms - since_ms), PROGRESS_OVER_MS)
        left = goal - height
        left_ms = left * took_ms // blocks if left > 0 and blocks else None
        return Pace(height, goal, blocks * MINUTE_S * 1000 // took_ms, left_ms)

    def chain_changed(self, changed: ChainChanged, now: Now) -> None:
        """Note the new tip, and tell of it: of each when level, now and then while far behind."""
        tip = self._ledger.tip
        if now.ticks_ms > self._past[-1][0] + PROGRESS_OVER_MS:
            self._past.clear()
        if not self._past or now.ticks_ms >= self._past[-1][0] + PROGRESS_STEP_MS:
            self._past.append((now.ticks_ms, tip.height))
        if tip.height >= self._goal() - 1:
            text = f"tip {tip.height:,} {tip.hash.hex()[:16]}, {changed.connected:,} connected"
        elif now.ticks_ms >= self._told_ms + PROGRESS_TOLD_EVERY_MS:
            text = f"catching up: {self.pace(now)}"
        else:
            return
        self._told_ms = now.ticks_ms
        self._outbox.report("info", text)

    def _goal(self) -> int:
        """Give the height to reach. A peer's word counts only as much as half of all agree to."""
        claims = [peer.claimed_height for peer in self._peers.nodes()]
        said = median_low(claims) if claims else 0
        return max(self._ledger.best.height, self._ledger.tip.height, said)

    def _forget(self, now: Now) -> None:
        """Drop what is older than the while over which is measured, but for the newest of it."""
        while len(self._past) > 1 and self._past[1][0] <= now.ticks_ms - PROGRESS_OVER_MS:
            self._past.popleft()


def _duration(ms: int) -> str:
    seconds = -(-ms // 1000)
    if seconds < 2 * MINUTE_S:
        return f"{seconds} s"
    minutes = seconds // MINUTE_S
    return f"{minutes} min" if minutes < 2 * MINUTE_S else f"{minutes // MINUTE_S:,} h"
