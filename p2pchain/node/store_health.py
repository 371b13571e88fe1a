"""Whether the disk takes what it is given: while it does not, nothing is accepted or mined, and it is tried again."""

from p2pchain.node.actions import ProbeStore, StopNode
from p2pchain.node.events import Now, StoreFailed, StoreRecovered
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.timers import Timers

OK = "ok"
STOPPING = "stopping"


class StoreHealth:
    """What is wrong with the disk, for all parts that give it something.

    A fault that may pass (a full disk) is waited out: the node serves what it has, and goes on by itself. Any other is
    not tried again: a file that contradicts itself gets worse by being written to, and after a failed sync nobody knows
    what is on disk. Then the process ends, and its next start tells what there is.
    """

    def __init__(self, outbox: Outbox, timers: Timers) -> None:
        """Start with a disk that takes everything."""
        self._outbox = outbox
        self._timers = timers
        self._probe_job: int | None = None
        self._probe_due = False
        self.state = OK

    @property
    def takes(self) -> bool:
        """Whether the disk should be given anything."""
        return self.state == OK

    def failed(self, event: StoreFailed, now: Now) -> None:
        """Give the disk nothing more, for a while or for ever."""
        if not event.transient:
            self._outbox.report("error", f"stopping: {event.reason}")
            self.state = event.code
            self._outbox.append(StopNode())
            return
        if self.takes:
            self._outbox.report("error", f"accepting and mining nothing for now: {event.reason}")
        if self.state != STOPPING:
            self.state = event.code
        if self._probe_job is None or self._probe_job in event.jobs:
            self._probe_job = None
            self._probe_later(now)

    def recovered(self, event: StoreRecovered) -> bool:
        """Go on; says whether that is so."""
        if event.job != self._probe_job:
            return False
        self._probe_job = None
        if self.state == STOPPING:
            return False
        self.state = OK
        self._outbox.report("warning", "the disk takes what it is given again: accepting and mining")
        return True

    def stop(self) -> None:
        """Give the disk nothing new from now on: the node stops."""
        self.state = STOPPING

    def _probe_later(self, now: Now) -> None:
        if not self._probe_due:
            self._probe_due = True
            self._timers.call_at(now.ticks_ms + STORE_PROBE_MS, self._probe)

    def _probe(self, now: Now) -> None:
        del now
        self._probe_due = False
        self._probe_job = self._outbox.next_job()
        self._outbox.append(ProbeStore(self._probe_job))
