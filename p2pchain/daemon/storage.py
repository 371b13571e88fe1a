"""The disk's two threads: one writes, everything that is queued in one commit; one reads blocks and events.

What the disk refuses is told with the jobs that were in that commit, none of which has happened. What has no
answer is kept, and goes into the next commit.
"""

import queue
import threading
from collections.abc import Callable

from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.daemon.write_queue import Unanswered, WriteAction, WriteQueue
from p2pchain.errors import StoreError
from p2pchain.node.actions import (
    CommitChain,
    ExpirePending,
    FillContents,
    ForgetContents,
    LoadBlocks,
    LoadContents,
    LoadEvents,
    LoadPending,
    LoadProof,
    ProbeStore,
    StorePending,
)
from p2pchain.node.events import (
    BlocksLoaded,
    ChainCommitted,
    CommitRefused,
    ContentsForgotten,
    ContentsLoaded,
    Event,
    EventsLoaded,
    PendingExpired,
    PendingLoaded,
    PendingStored,
    ProofLoaded,
    StoreFailed,
    StoreRecovered,
)
from p2pchain.store import faults
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store

# Between two tries to read what another program keeps from being read.
READ_AGAIN_S = 1.0

# Between two tries to empty the log of what was forgotten.
FLUSH_AGAIN_S = 5.0

ReadAction = LoadBlocks | LoadContents | LoadProof | LoadEvents


class Storage:
    """Carries out a node's actions on its store; `post` is called, from the threads, with what comes of them."""

    def __init__(self, store: Store, post: Callable[[Event], None]) -> None:
        """Start both threads."""
        self._store = store
        self._post = post
        self._writes = WriteQueue()
        self._reads: queue.SimpleQueue[ReadAction | None] = queue.SimpleQueue()
        self._put_off: list[Unanswered] = []
        # What was forgotten may stand in a log that was left by who was killed, or ended while somebody read the file.
        self._flush_due = True
        self._closing = threading.Event()
        self.fault: StoreError | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(self._write_all,), name="store-writer", daemon=True),
            threading.Thread(target=self._run, args=(self._read_all,), name="store-reader", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def write(self, action: WriteAction) -> None:
        """Queue a change."""
        self._writes.put(action)

    def read(self, action: ReadAction) -> None:
        """Queue a question."""
        self._reads.put(action)

    def close(self) -> None:
        """Finish what is queued, and end the threads."""
        self._closing.set()
        self._writes.close()
        self._reads.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        """Do a thread's work; if a fault ends it, the node must not wait for answers for ever."""
        name = threading.current_thread().name
        fault: StoreError | None = faults.StoreFailed(
            f"thread {name} to go on", "a fault of this program", "see the traceback, and start again"
        )
        try:
            work()
            fault = None
        except StoreError as error:
            fault = error
        finally:
            if fault is not None:
                self.fault = fault
                self._post(StoreFailed(fault.code, str(fault), transient=False, jobs=()))

    def _write_all(self) -> None:
        while True:
            group = self._writes.next_group(FLUSH_AGAIN_S if self._flush_due else None)
            if group is None:
                self._flush()
                continue
            if not group:
                return
            try:
                answers = self._commit([*self._put_off, *group])
            except StoreError as error:
                self._refused(group, error)
                continue
            self._put_off.clear()
            self._flush()
            for answer in answers:
                self._post(answer)

    def _refused(self, group: list[WriteAction], error: StoreError) -> None:
        """Tell which jobs the disk did not take.

        Raises:
            StoreError: the fault does not pass; nothing more is written.
        """
        if not error.transient:
            raise error
        self._put_off.extend(action for action in group if isinstance(action, Unanswered))
        jobs = tuple(action.job for action in group if not isinstance(action, Unanswered))
        self._post(StoreFailed(error.code, str(error), transient=True, jobs=jobs))

    def _commit(self, group: list[WriteAction]) -> list[Event]:
        if any(isinstance(action, ProbeStore) for action in group):
            self._store.writer.try_room()
        with self._store.writer.group():
            answers = [self._do(action) for action in group]
        self._flush_due |= any(isinstance(action, ForgetContents) for action in group)
        return [answer for answer in answers if answer is not None]

    def _flush(self) -> None:
        """Erase what was forgotten from the log too; on a full disk, or beside a reader, a while later.

        Raises:
            StoreError: the fault does not pass.
        """
        if self._flush_due:
            try:
                self._flush_due = not self._store.writer.flush_log()
            except StoreError as error:
                if not error.transient:
                    raise

    def _do(self, action: WriteAction) -> Event | None:
        writer = self._store.writer
        match action:
            case StorePending(job, transactions, displaced, wall_ms):
                outcomes, evicted = writer.store_pending(transactions, displaced, wall_ms)
                return PendingStored(job, outcomes, evicted, writer.last_event)
            case LoadPending(job, place):
                return PendingLoaded(job, writer.load_pending(place))
            case ExpirePending(job, before_ms):
                return PendingExpired(job, writer.expire_pending(before_ms), writer.last_event)
            case CommitChain(job, stage, revert, connect, wall_ms):
                try:
                    confirmed, returned = writer.commit_chain(stage, revert, connect, wall_ms)
                except DuplicateTransaction as error:
                    return CommitRefused(job, error.culprit, error)
                return ChainCommitted(job, confirmed, returned, writer.last_event)
            case FillContents(block_hash, contents):
                writer.fill_contents(block_hash, contents)
                return None
            case ForgetContents(job, txids):
                return ContentsForgotten(job, writer.forget_contents(txids), writer.last_event)
            case ProbeStore(job):
                return StoreRecovered(job)

    def _read_all(self) -> None:
        reader = self._store.reader()
        try:
            while (action := self._reads.get()) is not None:
                self._answer(reader, action)
        finally:
            reader.close()

    def _answer(self, reader: Reader, action: ReadAction) -> None:
        """Read, again and again where a fault may pass, until there is an answer.

        Raises:
            StoreError: the fault does not pass.
        """
        while True:
            try:
                self._post(self._read(reader, action))
            except StoreError as error:
                if not error.transient:
                    raise
            else:
                return
            if self._closing.wait(READ_AGAIN_S):
                return

    @staticmethod
    def _read(reader: Reader, action: ReadAction) -> Event:
        match action:
            case LoadBlocks(job, hashes, bytes_max):
                return BlocksLoaded(job, reader.load_blocks(hashes, bytes_max))
            case LoadContents(job, txids, bytes_max):
                return ContentsLoaded(job, reader.load_contents(txids, bytes_max))
            case LoadProof(job, txid, head):
                return ProofLoaded(job, reader.prove(txid, head))
            case LoadEvents(job, since, limit, bytes_max):
                return EventsLoaded(job, reader.load_events(since, limit, bytes_max))
