"""A host's disk at work: commit after commit, each of all that is queued. A power cut keeps one whole or not at all."""

from collections import deque
from collections.abc import Callable

from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.node import actions, events
from p2pchain.node.events import Event
from p2pchain.sim.disk import Disk
from p2pchain.sim.life import Life

COMMIT_MS = (1, 15)
READ_MS = (1, 5)
TELL_MS = 1

# Jobs in one commit at most.
GROUP_MAX = 64

# What has no answer: on a full disk it is kept, for nobody else would see to it that it is done.
Unanswered = actions.FillContents
WriteAction = (
    actions.StorePending
    | actions.LoadPending
    | actions.ExpirePending
    | actions.CommitChain
    | actions.ForgetContents
    | actions.ProbeStore
    | Unanswered
)
ReadAction = actions.LoadBlocks | actions.LoadContents | actions.LoadProof | actions.LoadEvents


class Storage:
    """Carries out what a node asks of its disk, for as long as its program runs."""

    def __init__(
        self, life: Life, disk: Disk, is_full: Callable[[], bool], post: Callable[[Event], None]
    ) -> None:
        """Start with nothing queued."""
        self._life = life
        self._disk = disk
        self._is_full = is_full
        self._post = post
        self._queue: deque[WriteAction] = deque()
        self._put_off: list[Unanswered] = []
        self._group: list[WriteAction] = []

    @property
    def queued(self) -> int:
        """How many jobs wait, those of the commit under way too."""
        return len(self._queue) + len(self._group)

    def write(self, action: WriteAction) -> None:
        """Queue a change."""
        self._queue.append(action)
        self._begin()

    def read(self, action: ReadAction) -> None:
        """Answer a question after a moment."""
        self._life.soon(READ_MS, lambda: self._post(self._answer(action)))

    def cut_power(self) -> None:
        """End in the middle of a commit: by chance it had reached the disk, and nobody was told."""
        if self._group and not self._is_full() and self._life.chance(0.5):
            for action in (*self._put_off, *self._group):
                self._do(action)

    def _begin(self) -> None:
        if self._queue and not self._group:
            self._group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
            self._life.soon(COMMIT_MS, self._commit)

    def _commit(self) -> None:
        group, self._group = self._group, []
        if self._is_full():
            self._refuse(group)
        else:
            answers = [self._do(action) for action in (*self._put_off, *group)]
            self._put_off.clear()
            self._life.later(TELL_MS, lambda: self._tell(answers))
        self._begin()

    def _refuse(self, group: list[WriteAction]) -> None:
        self._put_off.extend(action for action in group if isinstance(action, Unanswered))
        jobs = tuple(action.job for action in group if not isinstance(action, Unanswered))
        failed = events.StoreFailed("store_full", "the disk is full", transient=True, jobs=jobs)
        self._life.later(TELL_MS, lambda: self._tell([failed]))

    def _tell(self, answers: list[Event | None]) -> None:
        """Tell what the disk did, a moment after it did it: a crash may come between."""
        for answer in answers:
            if answer is not None and self._life.alive:
                self._post(answer)

    def _do(self, action: WriteAction) -> Event | None:
        disk = self._disk
        match action:
            case actions.StorePending(job, transactions, displaced, wall_ms):
                outcomes, evicted = disk.store_pending(transactions, displaced, wall_ms)
                return events.PendingStored(job, outcomes, evicted, disk.last_event)
            case actions.LoadPending(job, place):
                return events.PendingLoaded(job, disk.load_pending(place))
            case actions.ExpirePending(job, before_ms):
                return events.PendingExpired(job, disk.expire_pending(before_ms), disk.last_event)
            case actions.CommitChain(job, stage, revert, connect, wall_ms):
                try:
                    confirmed, returned = disk.commit_chain(stage, revert, connect, wall_ms)
                except DuplicateTransaction as error:
                    return events.CommitRefused(job, error.culprit, error)
                return events.ChainCommitted(job, confirmed, returned, disk.last_event)
            case actions.FillContents(block_hash, contents):
                disk.fill_contents(block_hash, contents)
                return None
            case actions.ForgetContents(job, txids):
                return events.ContentsForgotten(job, disk.forget_contents(txids), disk.last_event)
            case actions.ProbeStore(job):
                return events.StoreRecovered(job)

    def _answer(self, action: ReadAction) -> Event:
        match action:
            case actions.LoadBlocks(job, hashes, bytes_max):
                return events.BlocksLoaded(job, self._disk.load_blocks(hashes, bytes_max))
            case actions.LoadContents(job, txids, bytes_max):
                return events.ContentsLoaded(job, self._disk.load_contents(txids, bytes_max))
            case actions.LoadProof(job, txid, head):
                return events.ProofLoaded(job, self._disk.prove(txid, head))
            case _:
                found = self._disk.load_events(action.since, action.limit, action.bytes_max)
                return events.EventsLoaded(action.job, found)
