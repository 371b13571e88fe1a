"""The life of a connection: opened, greeted, closed."""

from p2pchain.node.access import BANNED, Access
from p2pchain.node.actions import Close
from p2pchain.node.addresses import Addresses
from p2pchain.node.clocks import Clocks
from p2pchain.node.dialing import Dialing
from p2pchain.node.events import Address, ConnectionClosed, ConnectionOpened, DialFailed, Direction, Now
from p2pchain.node.eviction import Eviction
from p2pchain.node.handshake import Handshake, SelfConnection
from p2pchain.node.hosts import canonical
from p2pchain.node.limits import CONTROL_MAX, INBOUND_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.hello import Hello


class Connections:
    """Brings each connection to where messages flow, and lets go of it."""

    def __init__(
        self,
        peers: Peers,
        access: Access,
        handshake: Handshake,
        addresses: Addresses,
        dialing: Dialing,
        eviction: Eviction,
        clocks: Clocks,
        outbox: Outbox,
    ) -> None:
        """Take everyone who decides about a connection."""
        self._peers = peers
        self._access = access
        self._handshake = handshake
        self._addresses = addresses
        self._dialing = dialing
        self._eviction = eviction
        self._clocks = clocks
        self._outbox = outbox

    def opened(self, event: ConnectionOpened, now: Now) -> None:
        """Greet whoever may be here."""
        control = event.direction is Direction.CONTROL
        wire = Connection(Role.CONTROL if control else Role.PEER)
        address = Address(canonical(event.address.host), event.address.port)
        peer = Peer(event.connection, address, event.direction, wire, now.ticks_ms, heard_ms=now.ticks_ms)
        refusal = self._refusal(peer, now)
        self._peers.add(peer)
        if refusal is not None:
            self._peers.dismiss(peer, *refusal, level="debug")
        elif control:
            peer.state = State.READY
        else:
            outbound = event.direction is Direction.OUTBOUND
            peer.by_hand = outbound and self._dialing.is_by_hand(event.address)
            self._handshake.greet(peer, now)

    def closed(self, event: ConnectionClosed, now: Now) -> Peer | None:
        """Forget a connection, and dial again where that is ours to do."""
        peer = self._peers.remove(event.connection)
        if peer is None:
            return None
        if peer.direction is Direction.OUTBOUND:
            self._dialing.failed(peer.address, event.reason, now)
        if peer.hello is not None and peer.state is not State.CLOSING:
            self._outbox.report("info", f"{peer.name}: connection lost: {event.reason}")
        return peer

    def dial_failed(self, event: DialFailed, now: Now) -> None:
        """Try again later."""
        self._outbox.report("debug", f"{event.address}: cannot be reached: {event.reason}")
        self._dialing.failed(event.address, f"cannot be reached: {event.reason}", now)

    def greeted(self, peer: Peer, hello: Hello, now: Now) -> None:
        """Finish the handshake.

        Raises:
            HandshakeError: the two cannot or need not talk.
        """
        try:
            replaced = self._handshake.receive(peer, hello)
        except SelfConnection:
            if peer.direction is Direction.OUTBOUND:
                self._addresses.met_self(peer.address)
            raise
        if replaced is not None:
            self._peers.dismiss(
                replaced, "duplicate_connection", "another connection to this node is kept", "debug"
            )
        if peer.direction is Direction.OUTBOUND:
            self._dialing.succeeded(peer.address)
        if peer.is_node:
            self._outbox.report(
                "info", f"{peer.name}: connected ({peer.direction.value}), height {hello.height:,}"
            )
            self._addresses.meet(peer, now)
            self._clocks.greeted(peer, hello, now)

    def bye(self, peer: Peer, message: Bye, tag: int | None, now: Now) -> None:
        """Hang up: the other side has."""
        del tag, now
        peer.state = State.CLOSING
        self._peers.changed()
        goodbye = f"said goodbye ({message.code}): {message.reason}"
        self._outbox.append(Close(peer.connection, goodbye))
        self._outbox.report("info", f"{peer.name}: {goodbye}")

    def error(self, peer: Peer, message: ErrorMessage, tag: int | None, now: Now) -> None:
        """Tell the operator what a peer could not serve."""
        del tag, now
        self._outbox.report("debug", f"{peer.name}: {message.to}: {message.code}: {message.reason}")

    def _refusal(self, peer: Peer, now: Now) -> tuple[str, str] | None:
        """Say, as code and reason, why a connection cannot stay."""
        if peer.is_control:
            full = self._peers.count(Direction.CONTROL) >= CONTROL_MAX
            return ("too_many", f"{CONTROL_MAX} clients are connected already") if full else None
        refusal = self._access.refusal(peer.address.host, now)
        if refusal is not None:
            return BANNED, refusal
        if peer.direction is Direction.OUTBOUND and not self._dialing.wants(peer.address):
            return "removed", "the operator of this node removed this address"
        if peer.direction is Direction.INBOUND and self._peers.count(Direction.INBOUND) >= INBOUND_MAX:
            return self._make_room(peer)
        return None

    def _make_room(self, newcomer: Peer) -> tuple[str, str] | None:
        """Let somebody go for a newcomer; say, as code and reason, why not where nobody has to."""
        leaving = self._eviction.choose(newcomer.address.host)
        if leaving is None:
            return "too_many", f"{INBOUND_MAX} peers are connected already"
        self._peers.dismiss(
            leaving, "too_many", "there is no more room, and another peer took this place", "debug"
        )
        return None
