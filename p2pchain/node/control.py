"""What the operator may ask over the control socket, and nobody else."""

from p2pchain.errors import UsageError
from p2pchain.node.access import Access
from p2pchain.node.actions import StopNode
from p2pchain.node.addresses import is_host
from p2pchain.node.config import NodeConfig
from p2pchain.node.dialing import Dialing
from p2pchain.node.events import Address, Now
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.allow import Allow
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.deny import Deny
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.network import NetworkMessage
from p2pchain.wire.messages.stop import Stop


class Control:
    """Carries out what the operator asks."""

    def __init__(
        self, config: NodeConfig, peers: Peers, access: Access, dialing: Dialing, outbox: Outbox
    ) -> None:
        """Take what an operator can change."""
        self._config = config
        self._peers = peers
        self._access = access
        self._dialing = dialing
        self._outbox = outbox

    def add_peer(self, peer: Peer, message: AddPeer, tag: int | None, now: Now) -> None:
        """Dial an address from now on."""
        del now
        try:
            address = Address.parse(message.address)
        except UsageError as error:
            self._peers.send(peer, ErrorMessage(code=error.code, reason=str(error), to="add_peer"), tag)
            return
        self._dialing.add(address)
        self._done(peer, tag)

    def deny(self, peer: Peer, message: Deny, tag: int | None, now: Now) -> None:
        """Cut a host off, both ways."""
        del now
        if self._is_host(peer, message.address, "deny", tag):
            self._access.deny(message.address)
            self._done(peer, tag)

    def allow(self, peer: Peer, message: Allow, tag: int | None, now: Now) -> None:
        """Let a host in again, and dial it at once if it is one to dial."""
        del now
        if self._is_host(peer, message.address, "allow", tag):
            self._access.allow(message.address)
            self._dialing.forgive(message.address)
            self._done(peer, tag)

    def get_connections(self, peer: Peer, message: GetConnections, tag: int | None, now: Now) -> None:
        """List the connections to peers."""
        del message
        rows = tuple(
            (
                str(other.address),
                other.direction.value,
                other.state.value,
                other.hello.agent if other.hello is not None else "",
                other.claimed_height,
                now.wall_ms - (now.ticks_ms - other.opened_ms),
                other.round_trip_ms,
                other.bytes_in,
                other.bytes_out,
            )
            for other in self._peers.all()
            if not other.is_control
        )
        self._peers.send(peer, Connections(connections=rows), tag)

    def get_network(self, peer: Peer, message: GetNetwork, tag: int | None, now: Now) -> None:
        """Give the network's file."""
        del message, now
        self._peers.send(peer, NetworkMessage(toml=self._config.network.to_toml()), tag)

    def stop(self, peer: Peer, message: Stop, tag: int | None, now: Now) -> None:
        """End the process."""
        del message, now
        self._done(peer, tag)
        self._outbox.append(StopNode())

    def _is_host(self, peer: Peer, host: str, asked: str, tag: int | None) -> bool:
        """Whether a host is an IP address; if not, the one who named it is told."""
        if is_host(host):
            return True
        error = UsageError("an IP address without a port", repr(host), "give for example 192.0.2.1")
        self._peers.send(peer, ErrorMessage(code=error.code, reason=str(error), to=asked), tag)
        return False

    def _done(self, peer: Peer, tag: int | None) -> None:
        answer: Message = Done()
        self._peers.send(peer, answer, tag)
