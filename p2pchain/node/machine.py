"""The node: routes each event to the part that handles it, and lets every part settle what follows."""

import random

from p2pchain.errors import OrderError, PeerError
from p2pchain.node.actions import Action
from p2pchain.node.bounds import Use, uses
from p2pchain.node.config import NodeConfig
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import (
    BlockChecked,
    BlocksLoaded,
    BytesReceived,
    ChainCommitted,
    CommitRefused,
    ConnectionClosed,
    ConnectionOpened,
    ContentsForgotten,
    ContentsLoaded,
    DialFailed,
    Event,
    EventsLoaded,
    NonceFound,
    Now,
    PendingExpired,
    PendingLoaded,
    PendingStored,
    ProofLoaded,
    SignaturesChecked,
    StoreFailed,
    StoreRecovered,
    TimePassed,
    WritesPaused,
    WritesResumed,
)
from p2pchain.node.messages import message_routes
from p2pchain.node.parts import Parts
from p2pchain.node.peers import Peer
from p2pchain.node.ports import HeaderStore, Restored
from p2pchain.node.reach import Reach, reach_of
from p2pchain.node.routes import EventRoutes
from p2pchain.wire import decoding
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.status import Status


class UnknownMessage(OrderError):
    """An order on the control socket that this node does not know: somebody waits for its answer."""

    code = "unknown_message"


class Node:
    """A node of the network, without a world around it.

    Its driver calls `handle` with everything that happens and the time, carries out what `drain` gives, and sees to it
    that a `TimePassed` comes in when the moment that `wakes_at` names has come.
    """

    def __init__(
        self, config: NodeConfig, restored: Restored, headers: HeaderStore, rng: random.Random, now: Now
    ) -> None:
        """Start from what is on disk. `rng` is the only source of chance; `now` is the time of the start."""
        self._parts = Parts(config, restored, headers, rng, now)
        self._parts.connecting.on_change(self._chain_changed)
        self._parts.intake.on_seen(self._parts.fetch.seen)
        self._messages = message_routes(self._parts)
        self._messages.on(Hello, self._greeted)
        self._messages.on(NewBlock, self._announced)
        self._messages.on(Forget, self._forget)
        self._events = self._event_routes()
        # How far what was taken in reaches; at the start every part has to look.
        self._reach = Reach.ALL

    def handle(self, event: Event, now: Now) -> None:
        """Take in something that happened, and decide what follows from it."""
        self.take(event, now)
        self.settle(now)

    def take(self, event: Event, now: Now) -> None:
        """Take in something that happened; `settle` has to follow, once for all that is taken in at a time."""
        self._reach = max(self._reach, reach_of(type(event)))
        self._events.handle(event, now)

    def settle(self, now: Now) -> None:
        """Decide what follows from what was taken in."""
        reach, self._reach = max(self._parts.timers.run(now), self._reach), Reach.NOTHING
        if reach is Reach.ALL:
            self._settle(now)
        elif reach is Reach.RECORDS:
            self._settle_records(now)

    def drain(self) -> list[Action]:
        """Take out what is to be done, in order."""
        return self._parts.outbox.drain()

    def wakes_at(self) -> int | None:
        """Name the moment (ms of the clock that never goes back) at which the node wants to look at something again."""
        return self._parts.timers.wakes_at()

    def status(self, now: Now) -> Status:
        """Tell how the node is."""
        return self._parts.answers.status(now)

    def uses(self) -> list[Use]:
        """Tell how much of each bound is used."""
        return list(uses(self._parts))

    def note_hash_rate(self, hashes_per_s: int) -> None:
        """Take the miner's measured rate, for the status."""
        self._parts.answers.hash_rate = hashes_per_s

    def say_goodbye(self) -> None:
        """Tell all peers that the node stops, and search, accept and dial no more."""
        self._parts.health.stop()
        for peer in self._parts.peers.all():
            self._parts.peers.dismiss(peer, "stopping", "this node is stopping", "debug")
        self._parts.dialing.stop()
        self._parts.bans.flush()

    def _event_routes(self) -> EventRoutes:
        routes = EventRoutes()
        parts = self._parts
        routes.on(ConnectionOpened, parts.connections.opened)
        routes.on(DialFailed, parts.connections.dial_failed)
        routes.on(ConnectionClosed, self._closed)
        routes.on(BytesReceived, self._received)
        routes.on(WritesPaused, lambda event, _: parts.peers.paused(event))
        routes.on(WritesResumed, self._resumed)
        routes.on(SignaturesChecked, parts.intake.checked)
        routes.on(PendingStored, self._pending_stored)
        routes.on(PendingLoaded, parts.backlog.loaded)
        routes.on(PendingExpired, self._pending_expired)
        routes.on(BlockChecked, self._block_checked)
        routes.on(ChainCommitted, parts.connecting.committed)
        routes.on(CommitRefused, self._commit_refused)
        routes.on(BlocksLoaded, self._blocks_loaded)
        routes.on(ContentsLoaded, self._contents_loaded)
        routes.on(ProofLoaded, lambda event, _: parts.proofs.loaded(event))
        routes.on(ContentsForgotten, lambda event, _: parts.tombstones.forgotten(event))
        routes.on(EventsLoaded, lambda event, _: parts.subscriptions.loaded(event))
        routes.on(NonceFound, parts.mining.found)
        routes.on(StoreFailed, self._store_failed)
        routes.on(StoreRecovered, self._store_recovered)
        routes.on(TimePassed, self._time_passed)
        return routes

    def _settle(self, now: Now) -> None:
        """Let each part do what the new state of the others asks of it, those that feed others first."""
        parts = self._parts
        parts.intake.settle()
        parts.branches.settle(now)
        parts.connecting.settle(now)
        parts.backlog.settle()
        parts.expiry.settle(now)
        parts.sync.settle(now)
        parts.download.settle(now)
        parts.contents.settle(now)
        parts.mining.settle(now)
        parts.coming.settle()
        parts.announce.settle(now)
        parts.relay.settle(now)
        parts.questions.settle(now)
        parts.subscriptions.settle()
        parts.dialing.settle(now)

    def _settle_records(self, now: Now) -> None:
        """Let the parts do so that deal with records and events; for the others nothing is new."""
        parts = self._parts
        parts.intake.settle()
        parts.backlog.settle()
        parts.expiry.settle(now)
        parts.mining.settle(now)
        parts.relay.settle(now)
        parts.subscriptions.settle()

    def _received(self, event: BytesReceived, now: Now) -> None:
        peer = self._parts.peers.get(event.connection)
        if peer is None or peer.is_closing():
            return
        peer.heard_ms = now.ticks_ms
        peer.bytes_in += len(event.data)
        try:
            for incoming in peer.wire.receive(event.data):
                self._reach = max(self._reach, reach_of(type(incoming.message)))
                self._messages.handle(peer, incoming.message, incoming.id, now)
                if peer.is_closing():
                    return
            if peer.is_control and peer.wire.unknown_count:
                raise UnknownMessage(
                    "an order that this node knows", "another", "run the version that it runs"
                )
        except PeerError as error:
            self._reach = Reach.ALL
            self._parts.access.dismiss(peer, error, now)

    def _greeted(self, peer: Peer, message: Hello, tag: int | None, now: Now) -> None:
        del tag
        self._parts.connections.greeted(peer, message, now)
        self._parts.keepalive.watch(peer, now)
        if peer.is_node:
            self._parts.sync.met(peer)
            self._parts.contents.want_all()

    def _announced(self, peer: Peer, message: NewBlock, tag: int | None, now: Now) -> None:
        del tag
        if self._parts.announce.receive(peer, message, now):
            self._reach = Reach.ALL

    def _closed(self, event: ConnectionClosed, now: Now) -> None:
        peer = self._parts.connections.closed(event, now)
        if peer is not None:
            self._parts.sync.gone(peer)
            self._parts.download.gone(peer)
            self._parts.contents.gone(peer)
            self._parts.compact.gone(peer)
            self._parts.fetch.gone(peer, now)
            self._parts.blocks.gone(peer.connection)
            self._parts.subscriptions.gone(peer.connection)

    def _resumed(self, event: WritesResumed, now: Now) -> None:
        del now
        peer = self._parts.peers.get(event.connection)
        if peer is not None:
            peer.writable = True
            self._parts.serving.pump(peer)

    def _pending_stored(self, event: PendingStored, now: Now) -> None:
        del now
        self._parts.intake.stored(event)
        self._parts.subscriptions.stored(event.last_event)

    def _pending_expired(self, event: PendingExpired, now: Now) -> None:
        self._parts.expiry.expired(event, now)
        self._parts.subscriptions.stored(event.last_event)

    def _block_checked(self, event: BlockChecked, now: Now) -> None:
        if not event.final:
            self._parts.blocks.read(event)
            return
        body = self._parts.blocks.checked(event, now)
        if body is not None:
            self._parts.download.sound(body.source)
        else:
            self._parts.download.retry()

    def _blocks_loaded(self, event: BlocksLoaded, now: Now) -> None:
        del now
        if not self._parts.contents.block_loaded(event) and not self._parts.block_parts.loaded(event):
            self._parts.serving.loaded(event)

    def _contents_loaded(self, event: ContentsLoaded, now: Now) -> None:
        del now
        if not self._parts.contents.contents_loaded(event):
            self._parts.serving.contents_loaded(event)

    def _forget(self, peer: Peer, message: Forget, tag: int | None, now: Now) -> None:
        """Let go of contents everywhere: what blocks lacked of them is not missed any more."""
        self._parts.tombstones.receive(peer, message, tag, now)
        self._parts.bodies.strip(self._parts.tombstones.strip)
        self._parts.blocks.forget()
        self._parts.announce.drop_block()
        self._parts.contents.forget()
        decoding.forget()

    def _commit_refused(self, event: CommitRefused, now: Now) -> None:
        source, error = self._parts.connecting.refused(event)
        peer = self._parts.peers.get(source) if source is not None else None
        if peer is not None:
            self._parts.access.dismiss(peer, error, now)
        self._parts.download.wake()

    def _time_passed(self, _: TimePassed, now: Now) -> None:
        self._reach = max(self._reach, self._parts.timers.step(now))

    def _chain_changed(self, changed: ChainChanged, now: Now) -> None:
        self._parts.progress.chain_changed(changed, now)
        self._parts.announce.chain_changed(changed, now)
        self._parts.mempool.remove(changed.committed.confirmed)
        self._parts.timers.in_slices(self._parts.mempool.sweep(), lambda *_: None, now, Reach.RECORDS)
        self._parts.fetch.confirmed(changed.committed.confirmed)
        self._parts.backlog.returned(changed.committed.returned, now)
        self._parts.subscriptions.stored(changed.committed.last_event)
        self._parts.mining.chain_changed(changed, now)

    def _store_failed(self, event: StoreFailed, now: Now) -> None:
        self._parts.health.failed(event, now)
        self._parts.intake.store_failed(event)
        self._parts.connecting.store_failed(event)
        self._parts.mining.store_failed()
        self._parts.tombstones.store_failed(event)
        self._parts.backlog.store_failed(event)
        self._parts.expiry.store_failed(event)

    def _store_recovered(self, event: StoreRecovered, now: Now) -> None:
        del now
        if self._parts.health.recovered(event):
            self._parts.intake.store_recovered()
