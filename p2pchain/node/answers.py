"""Answers questions about the node itself: its status, and what is pending."""

from p2pchain.node.bodies import Bodies
from p2pchain.node.clocks import Clocks
from p2pchain.node.config import NodeConfig
from p2pchain.node.events import Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import CHAIN_BYTES_MAX
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.progress import Progress
from p2pchain.node.questions import Questions
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.messages.status import Status

PROTOCOL = 1


class Answers:
    """What anyone may know of this node."""

    def __init__(
        self,
        config: NodeConfig,
        ledger: Ledger,
        bodies: Bodies,
        mempool: Mempool,
        peers: Peers,
        questions: Questions,
        subscriptions: Subscriptions,
        health: StoreHealth,
        clocks: Clocks,
        progress: Progress,
        started: Now,
    ) -> None:
        """Take everything that a status tells."""
        self._config = config
        self._ledger = ledger
        self._bodies = bodies
        self._mempool = mempool
        self._peers = peers
        self._questions = questions
        self._subscriptions = subscriptions
        self._health = health
        self._clocks = clocks
        self._progress = progress
        self._started = started
        self.hash_rate = 0

    def status(self, now: Now) -> Status:
        """Tell how the node is."""
        tip = self._ledger.tip
        pace = self._progress.pace(now)
        return Status(
            agent=self._config.agent,
            protocol=PROTOCOL,
            network=self._config.network.id,
            name=self._config.network.name,
            node=self._config.node_id,
            listen=str(self._config.listen),
            height=tip.height,
            tip=tip.hash,
            work=tip.work.to_bytes(32, "big"),
            best_header=self._ledger.best.height,
            goal=pace.goal,
            blocks_per_minute=pace.blocks_per_minute,
            time_left=pace.left_ms,
            peers=len(self._peers.nodes()),
            pending=self._mempool.total,
            pending_on_disk=self._mempool.waiting,
            pending_bytes=self._mempool.size,
            mining=self._config.mining.value,
            hash_rate=self.hash_rate,
            last_event=self._subscriptions.last_event,
            store=self._health.state,
            started=self._started.wall_ms,
            time=now.wall_ms,
            peers_time=max(0, now.wall_ms + self._clocks.offset_ms(now)),
            lacking=self._bodies.lacking(),
        )

    def receive_get_status(self, peer: Peer, message: GetStatus, tag: int | None, now: Now) -> None:
        """Tell how the node is.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        del message
        self._questions.ask(peer, lambda: self._tell_status(peer, tag, now))

    def _tell_status(self, peer: Peer, tag: int | None, now: Now) -> bool:
        self._peers.send(peer, self.status(now), tag)
        return True

    def receive_get_pending(self, peer: Peer, message: GetPending, tag: int | None, now: Now) -> None:
        """Tell what is pending, in order, from a place in it onwards, as much as fits one answer, and how much in all.

        What waits on disk is counted, and told once it is in memory.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        del now
        self._questions.ask(peer, lambda: self._tell_pending(peer, message, tag))

    def _tell_pending(self, peer: Peer, message: GetPending, tag: int | None) -> bool:
        told: list[bytes] = []
        size = 0
        for pending in self._mempool.after(message.after):
            size += pending.transaction.size
            if told and (len(told) >= message.limit or size > CHAIN_BYTES_MAX):
                break
            told.append(pending.transaction.encode())
        self._peers.send(peer, PendingMessage(transactions=tuple(told), total=self._mempool.total), tag)
        return True
