"""Takes what is pending on disk only into memory, slice by slice, in order, as there is room."""

from p2pchain.node.actions import LoadPending
from p2pchain.node.events import PendingLoaded, StoreFailed
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.ports import Returned, StoredPending
from p2pchain.node.store_health import StoreHealth


class Backlog:
    """From which place on something waits: what a deep reorganisation returned, or a start found beyond the bounds."""

    def __init__(
        self, restored: tuple[StoredPending, ...], mempool: Mempool, health: StoreHealth, outbox: Outbox
    ) -> None:
        """Start after what the mempool began with."""
        self._mempool = mempool
        self._health = health
        self._outbox = outbox
        self._place = restored[-1].place + 1 if restored else 0
        self._asked: tuple[int, int] | None = None

    def settle(self) -> None:
        """Read the next slice, where one fits: it has room of its own, for it is older than what comes in meanwhile."""
        if (
            self._mempool.waiting > 0
            and self._asked is None
            and self._health.takes
            and self._mempool.room.has_slice()
        ):
            job = self._outbox.next_job()
            self._asked = job, self._place
            self._outbox.append(LoadPending(job, self._place))

    def returned(self, returned: Returned) -> None:
        """Take in the first of what a reorganisation returned; the others wait, before all that waits already."""
        waits = self._mempool.waiting > 0
        self._mempool.waiting += returned.count
        passed = self._mempool.take_back(returned.first)
        if passed < returned.count:
            place = _after(returned.first, passed)
            self._place = min(self._place, place) if waits else place

    def loaded(self, event: PendingLoaded) -> None:
        """Take in what was read, and go on behind it, unless something older has come to wait meanwhile."""
        asked, self._asked = self._asked, None
        if asked is None or asked[0] != event.job:
            raise AssertionError("a slice is asked for once at a time, and answered once")
        passed = self._mempool.take_back(event.found)
        if self._place == asked[1] and event.found:
            self._place = _after(event.found, passed)

    def store_failed(self, event: StoreFailed) -> None:
        """Ask again once the disk answers."""
        if self._asked is not None and self._asked[0] in event.jobs:
            self._asked = None


def _after(found: tuple[StoredPending, ...], passed: int) -> int:
    """Give the place from which on something waits, after so many of a slice."""
    return found[passed].place if passed < len(found) else found[-1].place + 1
