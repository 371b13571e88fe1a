"""Streams of numbered events."""

from p2pchain.node.actions import Action, LoadEvents, Send
from p2pchain.node.events import Address, Direction, EventsLoaded, Now
from p2pchain.node.limits import EVENTS_BYTES_PER_READ, EVENTS_PER_READ
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.ports import StoredEvent
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.subscribe import Subscribe

NOW = Now(0, 0)


class Desk:
    """Subscriptions, one subscriber, and what goes out."""

    def __init__(self, last_event: int) -> None:
        self.outbox = Outbox()
        self.peers = Peers(self.outbox)
        self.subscriptions = Subscriptions(self.peers, self.outbox, last_event)
        self.peer = self.connect(7)

    def subscribe(self, since: int, peer: Peer | None = None) -> None:
        self.subscriptions.receive(peer or self.peer, Subscribe(since=since), 3, NOW)

    def connect(self, connection: int) -> Peer:
        wire = Connection(Role.CONTROL)
        peer = Peer(connection, Address("control", 0), Direction.CONTROL, wire, 0, State.READY)
        self.peers.add(peer)
        return peer

    def settle(self) -> list[Action]:
        self.subscriptions.settle()
        return self.outbox.drain()


def stored(*numbers: int) -> tuple[StoredEvent, ...]:
    return tuple(StoredEvent(number, "connected", b"\x80") for number in numbers)


def heard(actions: list[Action]) -> list[tuple[int, int | None]]:
    """The numbers that were sent, with the id of the request."""
    wire = Connection(Role.CONTROL)
    data = b"".join(action.data for action in actions if isinstance(action, Send))
    return [
        (incoming.message.number, incoming.id)
        for incoming in wire.receive(data)
        if isinstance(incoming.message, EventMessage)
    ]


def test_who_is_behind_is_read_for_and_told_in_order() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=2)
    (load,) = desk.settle()
    assert load == LoadEvents(1, 2, EVENTS_PER_READ, EVENTS_BYTES_PER_READ)
    assert desk.settle() == []
    desk.subscriptions.loaded(EventsLoaded(1, stored(3, 4)))
    assert heard(desk.outbox.drain()) == [(3, 3), (4, 3)]
    assert desk.settle() == [LoadEvents(2, 4, EVENTS_PER_READ, EVENTS_BYTES_PER_READ)]


def test_who_is_up_to_date_waits_for_more() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=5)
    assert desk.settle() == []
    desk.subscriptions.stored(6)
    desk.subscriptions.stored(4)
    assert desk.subscriptions.last_event == 6
    assert desk.settle() == [LoadEvents(1, 5, EVENTS_PER_READ, EVENTS_BYTES_PER_READ)]


def test_who_does_not_read_is_not_read_for() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=0)
    desk.peer.writable = False
    assert desk.settle() == []


def test_who_is_gone_is_forgotten() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=0)
    desk.settle()
    desk.subscriptions.gone(desk.peer.connection)
    desk.subscriptions.gone(99)
    desk.subscriptions.loaded(EventsLoaded(1, stored(1)))
    assert desk.settle() == []


def test_who_has_seen_more_than_there_ever_was_is_told_so() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=6)
    (refusal,) = desk.settle()
    assert isinstance(refusal, Send)
    (incoming,) = Connection(Role.CONTROL).receive(refusal.data)
    assert isinstance(incoming.message, ErrorMessage)
    assert (incoming.id, incoming.message.code, incoming.message.to) == (3, "unknown_event", "subscribe")
    assert "5 at most, found 6; " in incoming.message.reason
    desk.subscribe(since=5)
    assert desk.settle() == []


def test_what_was_read_before_it_was_told_of_is_an_event_all_the_same() -> None:
    desk = Desk(last_event=1)
    desk.subscribe(since=0)
    desk.settle()
    desk.subscriptions.loaded(EventsLoaded(1, stored(1, 2)))
    assert heard(desk.outbox.drain()) == [(1, 3), (2, 3)]
    desk.subscribe(since=2)
    assert desk.settle() == []


def test_each_is_told_what_was_read_for_it() -> None:
    desk = Desk(last_event=5)
    other = desk.connect(8)
    desk.subscribe(since=2)
    desk.subscribe(since=4, peer=other)
    bounds = (EVENTS_PER_READ, EVENTS_BYTES_PER_READ)
    assert desk.settle() == [LoadEvents(1, 2, *bounds), LoadEvents(2, 4, *bounds)]
    desk.subscriptions.loaded(EventsLoaded(2, stored(5)))
    sent = desk.outbox.drain()
    assert [action.connection for action in sent if isinstance(action, Send)] == [other.connection]
    desk.subscriptions.loaded(EventsLoaded(1, stored(3, 4, 5)))
    sent = desk.outbox.drain()
    assert {action.connection for action in sent if isinstance(action, Send)} == {desk.peer.connection}
    assert heard(sent) == [(3, 3), (4, 3), (5, 3)]


def test_who_begins_anew_again_and_again_has_one_read_under_way() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=0)
    bounds = (EVENTS_PER_READ, EVENTS_BYTES_PER_READ)
    assert desk.settle() == [LoadEvents(1, 0, *bounds)]
    for since in (1, 2, 3):
        desk.subscribe(since=since)
        assert desk.settle() == []
    desk.subscriptions.loaded(EventsLoaded(1, stored(1, 2, 3, 4, 5)))
    assert desk.outbox.drain() == []
    assert desk.settle() == [LoadEvents(2, 3, *bounds)]
    desk.subscriptions.loaded(EventsLoaded(2, stored(4, 5)))
    assert heard(desk.outbox.drain()) == [(4, 3), (5, 3)]
    desk.subscribe(since=4)
    assert desk.settle() == [LoadEvents(3, 4, *bounds)]


def test_one_that_left_does_not_keep_another_from_its_read() -> None:
    desk = Desk(last_event=5)
    desk.subscribe(since=0)
    desk.settle()
    desk.subscriptions.gone(desk.peer.connection)
    desk.subscribe(since=4)
    assert desk.settle() == [LoadEvents(2, 4, EVENTS_PER_READ, EVENTS_BYTES_PER_READ)]
