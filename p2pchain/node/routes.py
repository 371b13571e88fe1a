"""Tables from the type of an event or a message to the one method that handles it."""

from collections.abc import Callable
from typing import TypeVar, cast

from p2pchain.node.events import Event, Now
from p2pchain.node.peers import Peer
from p2pchain.wire.messages import Message

E = TypeVar("E", bound=Event)
M = TypeVar("M", bound=Message)
EventHandler = Callable[[Event, Now], None]
MessageHandler = Callable[[Peer, Message, int | None, Now], None]


class EventRoutes:
    """One handler an event."""

    def __init__(self) -> None:
        """Start with an empty table."""
        self._handlers: dict[type, EventHandler] = {}

    def on(self, kind: type[E], handler: Callable[[E, Now], None]) -> None:
        """Enter a handler; the type checker holds it to its event."""
        self._handlers[kind] = cast(EventHandler, handler)

    def handle(self, event: Event, now: Now) -> None:
        """Call the event's handler."""
        self._handlers[type(event)](event, now)


class MessageRoutes:
    """One handler a message: it gets the peer, the message, the id of the request if there is one, and the time."""

    def __init__(self) -> None:
        """Start with an empty table."""
        self._handlers: dict[type, MessageHandler] = {}

    def on(self, kind: type[M], handler: Callable[[Peer, M, int | None, Now], None]) -> None:
        """Enter a handler; the type checker holds it to its message."""
        self._handlers[kind] = cast(MessageHandler, handler)

    def handle(self, peer: Peer, message: Message, tag: int | None, now: Now) -> None:
        """Call the message's handler; a message that only we send needs none."""
        handler = self._handlers.get(type(message))
        if handler is not None:
            handler(peer, message, tag, now)
