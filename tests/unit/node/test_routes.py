"""Tables from what came to who handles it."""

from p2pchain.node.events import Address, Direction, Now, StoreFailed, TimePassed
from p2pchain.node.peers import Peer
from p2pchain.node.routes import EventRoutes, MessageRoutes
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.ping import Ping


def test_each_event_goes_to_its_handler() -> None:
    routes = EventRoutes()
    heard: list[object] = []
    routes.on(StoreFailed, lambda event, now: heard.append((event.reason, now.ticks_ms)))
    routes.on(TimePassed, lambda event, _: heard.append(event))
    routes.handle(StoreFailed("store_full", "full", transient=True, jobs=()), Now(0, 7))
    routes.handle(TimePassed(), Now(0, 8))
    assert heard == [("full", 7), TimePassed()]


def test_a_message_that_nobody_handles_is_passed_over() -> None:
    routes = MessageRoutes()
    heard: list[object] = []
    peer = Peer(1, Address("192.0.2.1", 1), Direction.INBOUND, Connection(Role.PEER), 0)
    routes.on(Ping, lambda peer, message, tag, _: heard.append((peer.connection, message.nonce, tag)))
    routes.handle(peer, Ping(nonce=5), 9, Now(0, 0))
    routes.handle(peer, Done(), None, Now(0, 0))
    assert heard == [(1, 5, 9)]
