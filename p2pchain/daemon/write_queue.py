"""What waits to be written, in order, and how much of it makes one commit."""

import queue

from p2pchain.node.actions import (
    CommitChain,
    ExpirePending,
    FillContents,
    ForgetContents,
    LoadPending,
    ProbeStore,
    StorePending,
)

# Jobs in one commit at most, and records in them, so that neither the first of them nor a block behind them waits for
# a long queue: two thousand take some 30 ms.
GROUP_MAX = 64
GROUP_RECORDS_MAX = 2_000

# What has no answer, so that nobody else could see to it that it is done.
Unanswered = FillContents

WriteAction = (
    StorePending | LoadPending | ExpirePending | CommitChain | ForgetContents | ProbeStore | Unanswered
)


class WriteQueue:
    """Filled by one thread, emptied by another."""

    def __init__(self) -> None:
        """Start empty."""
        self._items: queue.SimpleQueue[WriteAction | None] = queue.SimpleQueue()

    def put(self, action: WriteAction) -> None:
        """Queue a change."""
        self._items.put(action)

    def close(self) -> None:
        """Let nothing come behind what is queued."""
        self._items.put(None)

    def next_group(self, patience_s: float | None = None) -> list[WriteAction] | None:
        """Wait for a job, and take what else is queued, as much as makes a commit.

        An empty list means the end, None that no job has come for so long.
        """
        group: list[WriteAction] = []
        records = 0
        try:
            item = self._items.get(timeout=patience_s)
        except queue.Empty:
            return None
        while item is not None:
            group.append(item)
            records += len(item.transactions) if isinstance(item, StorePending) else 0
            if len(group) >= GROUP_MAX or records >= GROUP_RECORDS_MAX:
                return group
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                return group
        if group:
            self._items.put(item)
        return group
