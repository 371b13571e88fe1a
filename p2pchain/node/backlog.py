"""Takes what is pending on disk only into memory, slice by slice, in order, as there is room."""

from collections import deque
from itertools import islice

from p2pchain.node.actions import LoadPending
from p2pchain.node.events import Now, PendingLoaded, StoreFailed
from p2pchain.node.limits import PENDING_PER_TURN
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.ports import Returned, StoredPending
from p2pchain.node.reach import Reach
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Slices, Timers


class Backlog:
    """From which place on something waits: what a deep reorganisation returned, or a start found beyond the bounds.

    What was read is in hand, and goes into memory some of it a turn, for as many records take long.
    """

    def __init__(
        self,
        restored: tuple[StoredPending, ...],
        mempool: Mempool,
        health: StoreHealth,
        outbox: Outbox,
        timers: Timers,
    ) -> None:
        """Start after what the mempool began with."""
        self._mempool = mempool
        self._health = health
        self._outbox = outbox
        self._timers = timers
        self._place = restored[-1].place + 1 if restored else 0
        self._asked: tuple[int, int] | None = None
        self._hand: deque[StoredPending] = deque()
        self._again = False

    @property
    def is_in_hand(self) -> bool:
        """Whether some of what was read has still to go into memory, or is being read again because something left."""
        return bool(self._hand) or (self._again and self._asked is not None)

    def settle(self) -> None:
        """Read the next slice, where one fits: it has room of its own, for it is older than what comes in meanwhile."""
        if (
            not self._hand
            and self._mempool.waiting > 0
            and self._asked is None
            and self._health.takes
            and self._mempool.has_slice()
        ):
            job = self._outbox.next_job()
            self._asked = job, self._place
            self._outbox.append(LoadPending(job, self._place))

    def returned(self, returned: Returned, now: Now) -> None:
        """Take in the first of what a reorganisation returned; the others wait, before all that waits already."""
        if not returned.first:
            return
        self._let_go()
        behind = returned.first[-1].place + 1
        if not self._mempool.waiting:
            self._place = behind
        elif returned.count > len(returned.first):
            self._place = min(self._place, behind)
        self._mempool.waiting += returned.count
        self._hold(returned.first, now)

    def loaded(self, event: PendingLoaded, now: Now) -> None:
        """Take in what was read, and go on behind it, unless something older has come to wait meanwhile."""
        asked, self._asked = self._asked, None
        if asked is None or asked[0] != event.job:
            raise AssertionError("a slice is asked for once at a time, and answered once")
        self._again &= self._mempool.waiting > 0
        if event.found and not self._hand and self._place == asked[1]:
            self._place = event.found[-1].place + 1
            self._hold(event.found, now)

    def _hold(self, found: tuple[StoredPending, ...], now: Now) -> None:
        self._hand = deque(found)
        self._again = False
        work = self._take(self._hand, self._mempool.left)
        self._timers.in_slices(work, lambda *_: None, now, Reach.RECORDS)

    def _take(self, hand: deque[StoredPending], left: int) -> Slices[None]:
        """Take in what is in hand, unless something leaves meanwhile, which may be among it, or room runs out."""
        while hand is self._hand and hand and left == self._mempool.left:
            found = list(islice(hand, PENDING_PER_TURN))
            passed = self._mempool.take_back(found)
            for _ in range(passed):
                hand.popleft()
            if passed < len(found):
                self._let_go()
                return
            yield
        if hand is self._hand:
            self._again = bool(hand)
            self._let_go()

    def _let_go(self) -> None:
        """Leave what is in hand on disk: it is read again."""
        if self._hand:
            self._place = min(self._place, self._hand[0].place)
            self._hand = deque()

    def store_failed(self, event: StoreFailed) -> None:
        """Ask again once the disk answers."""
        if self._asked is not None and self._asked[0] in event.jobs:
            self._asked = None
