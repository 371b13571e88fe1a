"""Intake at a desk: a test hands in what peers send, and answers for the signature checks and the disk."""

from collections.abc import Sequence
from typing import TypeVar

from p2pchain.chain.transaction import Transaction
from p2pchain.node.access import Access
from p2pchain.node.actions import CheckSignatures, ProbeStore, Send, StorePending
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.bans import Bans
from p2pchain.node.events import (
    Address,
    Direction,
    Now,
    PendingStored,
    SignaturesChecked,
    Stored,
    StoreFailed,
    StoreRecovered,
)
from p2pchain.node.intake import Intake
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.node.mempool import Mempool
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.node.timers import Timers
from p2pchain.node.tombstones import Tombstones
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import Message
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

A = TypeVar("A", CheckSignatures, StorePending, ProbeStore)
BUILDER = ChainBuilder(simulated_network(), 1)
NOW = Now(0, 0)


class Desk:
    """An intake, whose world a test plays by hand."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.peers = Peers(self.outbox)
        self.mempool = Mempool()
        self.tombstones = Tombstones(
            frozenset(),
            self.mempool,
            Subscriptions(self.peers, self.outbox, 0),
            self.peers,
            self.outbox,
            BUILDER.network.id,
        )
        self.timers = Timers()
        self.health = StoreHealth(self.outbox, self.timers)
        self.intake = Intake(
            BUILDER.network,
            self.mempool,
            self.tombstones,
            self.peers,
            Access(self.peers, Named(()), Bans(self.outbox, self.timers, (), NOW)),
            self.health,
            self.outbox,
            Backpressure(self.peers, self.outbox),
        )

    def peer(self, number: int, *, control: bool = False) -> Peer:
        direction = Direction.CONTROL if control else Direction.INBOUND
        wire = Connection(Role.CONTROL if control else Role.PEER)
        peer = Peer(number, Address("192.0.2.1", number), direction, wire, 0, State.READY)
        self.peers.add(peer)
        return peer

    def push(self, peer: Peer, *encoded: bytes, ack: bool = True) -> None:
        self.intake.receive(peer, NewTx(transactions=encoded, ack=ack), peer.connection, NOW)
        self.intake.settle()

    def check(self, verdicts: Sequence[bool] = ()) -> None:
        """Answer the oldest signature check."""
        action = self._take(CheckSignatures)
        self.intake.checked(
            SignaturesChecked(action.job, tuple(verdicts) or (True,) * len(action.transactions)), NOW
        )

    def store(
        self, outcomes: Sequence[Stored] = (), evicted: tuple[bytes, ...] = ()
    ) -> tuple[Transaction, ...]:
        """Answer the oldest job of the disk."""
        action = self._take(StorePending)
        told = tuple(outcomes) or (Stored.ACCEPTED,) * len(action.transactions)
        self.intake.stored(PendingStored(action.job, told, evicted, 1))
        return action.transactions

    def fail(self, job: int | None = None) -> None:
        """Have the disk refuse a job: the oldest."""
        job = self._take(StorePending).job if job is None else job
        event = StoreFailed("store_full", "no room", transient=True, jobs=(job,))
        self.health.failed(event, NOW)
        self.intake.store_failed(event)

    def recover(self) -> None:
        """Have the disk take everything again."""
        self.timers.run(Now(STORE_PROBE_MS, STORE_PROBE_MS))
        assert self.health.recovered(StoreRecovered(self._take(ProbeStore).job))

    def answers(self) -> list[tuple[str, ...]]:
        """The codes of every got_tx that went out."""
        return [message.codes for message in self._said() if isinstance(message, GotTx)]

    def farewells(self) -> list[str]:
        return [message.code for message in self._said() if isinstance(message, Bye)]

    def _said(self) -> list[Message]:
        data = b"".join(action.data for action in self.outbox if isinstance(action, Send))
        return [incoming.message for incoming in Connection(Role.CONTROL).receive(data)]

    def _take(self, kind: type[A]) -> A:
        action = next(action for action in self.outbox if isinstance(action, kind))
        self.outbox.remove(action)
        return action
