"""When to search for a block, and on what: while something is pending, always, or when somebody asks."""

from p2pchain.chain.tree import Entry
from p2pchain.errors import RuleError
from p2pchain.node.actions import Search, StopSearch
from p2pchain.node.backlog import Backlog
from p2pchain.node.blocks import Blocks
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import NonceFound, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import TEMPLATE_REFRESH_MS, TEMPLATE_REFRESH_MS_PER_RECORD
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.reach import Reach
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.sync import Sync
from p2pchain.node.template import Template, building
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined


class Mining:
    """One search at a time, on the tip, for what is pending."""

    def __init__(
        self,
        config: NodeConfig,
        ledger: Ledger,
        mempool: Mempool,
        backlog: Backlog,
        blocks: Blocks,
        sync: Sync,
        peers: Peers,
        health: StoreHealth,
        outbox: Outbox,
        timers: Timers,
    ) -> None:
        """Start with no search under way."""
        self._config = config
        self._ledger = ledger
        self._mempool = mempool
        self._backlog = backlog
        self._blocks = blocks
        self._sync = sync
        self._peers = peers
        self._health = health
        self._outbox = outbox
        self._timers = timers
        self._job: int | None = None
        self._template: Template | None = None
        self._building: tuple[int, Entry] | None = None
        self._searched = 0, 0
        self._started_ms = 0
        self._refresh_set = False
        self._askers: list[tuple[int, int | None]] = []
        self._found_on: bytes | None = None
        self._rests = False

    def receive(self, peer: Peer, message: Mine, tag: int | None, now: Now) -> None:
        """Mine one block for somebody who asks, if there is anything to put into it."""
        del message, now
        self._askers.append((peer.connection, tag))
        if not self._health.takes:
            self.store_failed()

    def found(self, event: NonceFound, now: Now) -> None:
        """Finish the block, and hold it as any other that is checked."""
        if event.job != self._job or self._template is None or self._is_outrun(self._template):
            return
        block = self._template.with_nonce(event.nonce)
        self._found_on = self._template.header.previous_hash
        self._job = None
        try:
            self._blocks.found(block, now)
        except RuleError as error:
            self._found_on = None
            self._outbox.report("warning", f"own block {block.height:,} passed over ({error.code}): {error}")

    def chain_changed(self, changed: ChainChanged, now: Now) -> None:
        """Answer those who asked for a block: there is a new one, ours or another's.

        The next search begins a turn later: to follow a large block, and to build one, takes long enough each.
        """
        del changed, now
        tip = self._ledger.tip
        for connection, tag in self._askers:
            peer = self._peers.get(connection)
            if peer is not None:
                self._peers.send(peer, Mined(height=tip.height, hash=tip.hash), tag)
        self._askers.clear()
        self._found_on = None
        self._rests = True

    def store_failed(self) -> None:
        """Tell those who asked for a block that there will be none: the disk does not take any."""
        reason = f"no block can be kept ({self._health.state}); the node's log says why"
        self._refuse_askers("not_stored", reason)

    def settle(self, now: Now) -> None:
        """Start, refresh or stop the search as the tip and the mempool ask for."""
        if self._askers and not self._mempool.total:
            self._refuse_askers("nothing_pending", "there is nothing to mine: nothing is pending")
        if not self._wanted(now):
            self._building = None
            if self._job is not None:
                self._job = None
                self._outbox.append(StopSearch())
            return
        if self._backlog.is_in_hand:  # what is older goes first
            return
        if self._rests:
            self._rests = False
            self._timers.call_at(now.ticks_ms, lambda _: None, Reach.RECORDS)
            return
        if self._building is not None and self._building[1] is self._ledger.tip:
            return
        if self._job is None or self._template is None or self._is_stale(self._template, now):
            self._build(now)

    def _refuse_askers(self, code: str, reason: str) -> None:
        for connection, tag in self._askers:
            peer = self._peers.get(connection)
            if peer is not None:
                self._peers.send(peer, ErrorMessage(code=code, reason=reason, to="mine"), tag)
        self._askers.clear()

    def _wanted(self, now: Now) -> bool:
        if not self._health.takes or self._sync.syncing(now) or self._found_on == self._ledger.tip.hash:
            return False
        mode = self._config.mining
        if mode is MiningMode.ALWAYS:
            return True
        return len(self._mempool) > 0 and (mode is MiningMode.AUTO or bool(self._askers))

    def _is_outrun(self, template: Template) -> bool:
        return template.header.previous_hash != self._ledger.tip.hash

    def _is_stale(self, template: Template, now: Now) -> bool:
        if self._is_outrun(template):
            return True
        if self._searched == (self._mempool.next_sequence, self._mempool.left):
            return False
        patience_ms = TEMPLATE_REFRESH_MS + len(template.transactions) * TEMPLATE_REFRESH_MS_PER_RECORD
        refresh_ms = self._started_ms + patience_ms
        if now.ticks_ms >= refresh_ms:
            return True
        if not self._refresh_set:
            self._refresh_set = True
            self._timers.call_at(refresh_ms, lambda _: None, Reach.RECORDS)
        return False

    def _build(self, now: Now) -> None:
        """Build the next template by and by; until it is there, the search on the last one goes on."""
        job, tip, pending = self._outbox.next_job(), self._ledger.tip, self._mempool.for_template()
        self._building = job, tip
        self._searched = self._mempool.next_sequence, self._mempool.left
        self._started_ms = now.ticks_ms
        self._refresh_set = False
        work = building(self._config.network, tip, pending, self._config.miner, now)
        self._timers.in_slices(work, lambda template, _: self._search(job, template), now, Reach.RECORDS)

    def _search(self, job: int, template: Template) -> None:
        if self._building is None or self._building[0] != job:  # it is not wanted any more
            return
        self._building = None
        self._template = template
        self._job = job
        self._outbox.append(Search(job, template.header.encode(), template.header.target))
