"""Streams of numbered events: read from disk from a number on, then on and on as more are stored."""

from dataclasses import dataclass

from p2pchain.errors import LocalError
from p2pchain.node.actions import LoadEvents
from p2pchain.node.events import EventsLoaded, Now
from p2pchain.node.limits import EVENTS_BYTES_PER_READ, EVENTS_PER_READ
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.subscribe import Subscribe


class UnknownEvent(LocalError):
    """A subscriber has dealt with events that this node never had: another data directory was there before."""

    code = "unknown_event"


@dataclass(slots=True, eq=False)
class _Subscriber:
    peer: Peer
    tag: int | None
    told: int
    job: int | None = None
    is_outdated: bool = False


class Subscriptions:
    """Who follows the events, and how far each has come."""

    def __init__(self, peers: Peers, outbox: Outbox, last_event: int) -> None:
        """Start with nobody; `last_event` is the newest number on disk."""
        self._peers = peers
        self._outbox = outbox
        self._subscribers: dict[int, _Subscriber] = {}
        self.last_event = last_event

    def receive(self, peer: Peer, message: Subscribe, tag: int | None, now: Now) -> None:
        """Begin, or begin anew, after the event of a number; it is refused where there was no such event.

        Who begins anew waits for the read that is under way: as many orders as it likes make one read at a time.
        """
        del now
        if message.since > self.last_event:
            expected = f"the number of an event of this node, {self.last_event:,} at most"
            remedy = "its data is not what you followed: begin again from 0"
            reason = str(UnknownEvent(expected, f"{message.since:,}", remedy))
            self._peers.send(
                peer, ErrorMessage(code=UnknownEvent.code, reason=reason, to=Subscribe.NAME), tag
            )
            return
        before = self._subscribers.get(peer.connection)
        job = before.job if before is not None else None
        self._subscribers[peer.connection] = _Subscriber(peer, tag, message.since, job, job is not None)

    def gone(self, connection: int) -> None:
        """Forget a subscriber."""
        self._subscribers.pop(connection, None)

    def stored(self, last_event: int) -> None:
        """Note that there are events up to this number on disk."""
        self.last_event = max(self.last_event, last_event)

    def settle(self) -> None:
        """Read on for everyone who is behind and can take more."""
        for subscriber in self._subscribers.values():
            behind = subscriber.told < self.last_event
            if behind and subscriber.job is None and subscriber.peer.writable:
                subscriber.job = self._outbox.next_job()
                self._outbox.append(
                    LoadEvents(subscriber.job, subscriber.told, EVENTS_PER_READ, EVENTS_BYTES_PER_READ)
                )

    def loaded(self, event: EventsLoaded) -> None:
        """Tell what was read to the one for whom it was."""
        for subscriber in self._subscribers.values():
            if subscriber.job == event.job:
                subscriber.job = None
                # What is read may be newer than what was told of: from now on somebody knows it.
                self.stored(event.events[-1].number if event.events else 0)
                is_outdated, subscriber.is_outdated = subscriber.is_outdated, False
                for stored in () if is_outdated else event.events:
                    message = EventMessage(number=stored.number, kind=stored.kind, data=stored.data)
                    self._peers.send(subscriber.peer, message, subscriber.tag)
                    subscriber.told = stored.number
