"""Lets go of what no block took for too long. The disk knows the ages, so that they outlive a restart."""

from p2pchain.node.actions import ExpirePending
from p2pchain.node.events import Now, PendingExpired, StoreFailed
from p2pchain.node.limits import EXPIRED_PER_COMMIT, EXPIRY_LOOK_MS, PENDING_AGE_MAX_MS
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers


class Expiry:
    """Looks now and again, in memory and on disk alike: what waits there only grows old too."""

    def __init__(
        self, mempool: Mempool, health: StoreHealth, outbox: Outbox, timers: Timers, now: Now
    ) -> None:
        """Look at once for what was there before: the node may have been off for long."""
        self._mempool = mempool
        self._health = health
        self._outbox = outbox
        self._timers = timers
        self._job: int | None = None
        self._look_ms = now.ticks_ms if mempool.total else None

    def settle(self, now: Now) -> None:
        """Look where it is time, and not where nothing is pending."""
        if self._look_ms is None:
            if self._mempool.total:
                self._look_later(now)
        elif now.ticks_ms >= self._look_ms:
            if not self._mempool.total:
                self._look_ms = None
            elif self._job is None and self._health.takes:
                self._look(now)

    def expired(self, event: PendingExpired, now: Now) -> None:
        """Follow the disk; where there may be more of them, look again at once."""
        self._job = None
        self._mempool.remove(event.txids)
        if event.txids:
            hours = PENDING_AGE_MAX_MS // 3_600_000
            self._outbox.report("info", f"{len(event.txids):,} pending for more than {hours} h are let go of")
        if len(event.txids) >= EXPIRED_PER_COMMIT:
            self._look(now)

    def store_failed(self, event: StoreFailed) -> None:
        """Leave it to the next look."""
        if self._job in event.jobs:
            self._job = None

    def _look(self, now: Now) -> None:
        self._job = self._outbox.next_job()
        self._outbox.append(ExpirePending(self._job, now.wall_ms - PENDING_AGE_MAX_MS))
        self._look_later(now)

    def _look_later(self, now: Now) -> None:
        self._look_ms = now.ticks_ms + EXPIRY_LOOK_MS
        self._timers.call_at(self._look_ms, lambda _: None)
