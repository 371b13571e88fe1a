"""Makes the best acceptable branch the chain: one change at a time, each one database transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.chain.tree import Entry, TipChange
from p2pchain.errors import PeerError
from p2pchain.node.actions import CommitChain, StagedBlock
from p2pchain.node.bodies import Bodies, Body
from p2pchain.node.burial import Burial
from p2pchain.node.events import ChainCommitted, CommitRefused, Now, StoreFailed
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import COMMIT_BLOCKS_MAX, COMMIT_BYTES_MAX, REORG_ALARM_DEPTH
from p2pchain.node.outbox import Outbox
from p2pchain.node.store_health import StoreHealth


@dataclass(frozen=True, slots=True)
class ChainChanged:
    """The chain has another tip now, `connected` blocks above the fork; its block, where that is in memory."""

    committed: ChainCommitted
    connected: int
    depth_reverted: int
    tip_body: Body | None


@dataclass(frozen=True, slots=True)
class _Commit:
    job: int
    change: TipChange
    staged: tuple[Body, ...]


class Connecting:
    """Turns complete bodies into the connected chain."""

    def __init__(
        self, ledger: Ledger, bodies: Bodies, burial: Burial, health: StoreHealth, outbox: Outbox
    ) -> None:
        """Start with nothing under way."""
        self._ledger = ledger
        self._bodies = bodies
        self._burial = burial
        self._health = health
        self._outbox = outbox
        self._commit: _Commit | None = None
        self._on_change: list[Callable[[ChainChanged, Now], None]] = []

    def on_change(self, call: Callable[[ChainChanged, Now], None]) -> None:
        """Ask to be called after each change of the chain."""
        self._on_change.append(call)

    @property
    def under_way(self) -> tuple[Entry, ...]:
        """The blocks that are being connected."""
        return self._commit.change.connected if self._commit is not None else ()

    def settle(self, now: Now) -> None:
        """Begin the next change, if there is one and none is under way."""
        if self._commit is not None or not self._health.takes:
            return
        target = self._bodies.best_acceptable()
        if target.preferred_to(self._ledger.tip):
            self._begin(now, self._within_bounds(self._ledger.tree.change_to(target)))
        elif spare := self._bodies.spare(self._ledger.best):
            self._begin(now, TipChange(self._ledger.tip.height, ()), tuple(spare))

    def committed(self, event: ChainCommitted, now: Now) -> None:
        """Follow the disk."""
        commit, self._commit = self._commit, None
        if commit is None:
            raise AssertionError("a commit is answered once")
        connected = {entry.hash for entry in commit.change.connected}
        for body in commit.staged:
            if body.entry.hash not in connected:
                self._bodies.stored(body)
        if not commit.change.connected:
            return
        tree = self._ledger.tree
        tip_body = self._bodies.held(commit.change.connected[-1].hash)
        reverted = self._reverted(commit.change)
        depth = tree.tip.height - commit.change.fork_height
        withheld = [entry for entry in commit.change.connected if self._burial.lacks(entry)]
        tree.connect(commit.change)
        self._bodies.connected(commit.change.connected, reverted)
        if self._ledger.trim() or depth:
            self._bodies.forget_unknown()
        if depth:
            level = "warning" if depth > REORG_ALARM_DEPTH else "info"
            self._outbox.report(level, f"reorganised: {depth} blocks off, {len(commit.change.connected)} on")
        for entry in withheld:
            text = f"block {entry.height:,} {entry.hash.hex()[:16]}: buried, and connected"
            self._outbox.report("warning", f"{text} without some of its contents: they are withheld")
        changed = ChainChanged(event, len(commit.change.connected), depth, tip_body)
        for call in self._on_change:
            call(changed, now)

    def refused(self, event: CommitRefused) -> tuple[int | None, PeerError]:
        """Strike out a block that does not fit the chain's contents; returns who sent it, and the error."""
        self._commit = None
        culprit = self._ledger.tree.get(event.culprit)
        body = self._bodies.held(event.culprit)
        if culprit is not None:
            self._ledger.condemn(culprit)
            self._bodies.forget_unknown()
        return (body.source if body is not None else None), event.error

    def store_failed(self, event: StoreFailed) -> None:
        """Forget a change that the disk did not take: what is best then is begun once it takes something again."""
        if self._commit is not None and self._commit.job in event.jobs:
            self._commit = None

    def _begin(self, now: Now, change: TipChange, spare: tuple[Body, ...] = ()) -> None:
        held = [self._bodies.held(entry.hash) for entry in change.connected]
        staged = spare or tuple(body for body in held if body is not None)
        self._commit = _Commit(self._outbox.next_job(), change, staged)
        self._outbox.append(
            CommitChain(
                job=self._commit.job,
                stage=tuple(
                    StagedBlock(body.block, body.entry.work, body.entry.chain_time) for body in staged
                ),
                revert=self._ledger.connected_hashes_above(change.fork_height) if change.connected else (),
                connect=tuple(entry.hash for entry in change.connected),
                wall_ms=now.wall_ms,
            )
        )

    def _within_bounds(self, change: TipChange) -> TipChange:
        """Cut a long change short, but not before it beats the tip and is acceptable: each step is one transaction."""
        size = 0
        for count, entry in enumerate(change.connected, start=1):
            body = self._bodies.held(entry.hash)
            size += body.block.size if body is not None else 0
            full = count >= COMMIT_BLOCKS_MAX or size >= COMMIT_BYTES_MAX
            if full and entry.preferred_to(self._ledger.tip) and self._burial.is_acceptable(entry):
                return TipChange(change.fork_height, change.connected[:count])
        return change

    def _reverted(self, change: TipChange) -> tuple[Entry, ...]:
        """List the entries, tip first, that a change takes off, as far down as they are in memory."""
        heights = range(self._ledger.tip.height, change.fork_height, -1)
        found = (self._ledger.tree.connected_at(height) for height in heights)
        return tuple(entry for entry in found if entry is not None)
