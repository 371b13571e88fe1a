"""What the operator may ask over the control socket, and nobody else."""

from p2pchain.errors import LocalError, UsageError
from p2pchain.node.access import Access
from p2pchain.node.actions import StopNode
from p2pchain.node.bans import Bans
from p2pchain.node.config import NodeConfig
from p2pchain.node.dialing import Dialing
from p2pchain.node.events import Address, Now
from p2pchain.node.hosts import canonical, is_host
from p2pchain.node.limits import WAITING_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.message import cut
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.bans import BansMessage
from p2pchain.wire.messages.connections import WHY_MAX, Connections
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_bans import GetBans
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.network import NetworkMessage
from p2pchain.wire.messages.remove_peer import RemovePeer
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.unban import UnbanHost


class UnknownPeer(LocalError):
    """The operator strikes out an address that this node neither dials nor knows."""

    code = "unknown_peer"


class NotBanned(LocalError):
    """The operator lets a host in that is not kept out."""

    code = "not_banned"


class Control:
    """Carries out what the operator asks."""

    def __init__(
        self, config: NodeConfig, peers: Peers, access: Access, bans: Bans, dialing: Dialing, outbox: Outbox
    ) -> None:
        """Take what an operator can change."""
        self._config = config
        self._peers = peers
        self._access = access
        self._bans = bans
        self._dialing = dialing
        self._outbox = outbox

    def add_peer(self, peer: Peer, message: AddPeer, tag: int | None, now: Now) -> None:
        """Dial an address from now on, after a restart too."""
        del now
        try:
            self._dialing.add(Address.parse(message.address))
        except UsageError as error:
            self._refuse(peer, error, message, tag)
        else:
            self._done(peer, tag)

    def remove_peer(self, peer: Peer, message: RemovePeer, tag: int | None, now: Now) -> None:
        """Dial an address no more, and drop its connection."""
        del now
        try:
            address = Address.parse(message.address)
            if not self._dialing.remove(address):
                raise UnknownPeer(
                    "an address that this node knows", str(address), "see `p2pchain peers list`"
                )
        except LocalError as error:
            self._refuse(peer, error, message, tag)
        else:
            self._done(peer, tag)

    def ban(self, peer: Peer, message: BanHost, tag: int | None, now: Now) -> None:
        """Cut a host off for a time, both ways."""
        try:
            self._access.ban_by_operator(_host(message.host), message.seconds, now)
        except UsageError as error:
            self._refuse(peer, error, message, tag)
        else:
            self._done(peer, tag)

    def unban(self, peer: Peer, message: UnbanHost, tag: int | None, now: Now) -> None:
        """Let a host in again, and dial it at once if it is one to dial."""
        del now
        try:
            host = _host(message.host)
            if not self._bans.lift(host):
                raise NotBanned("a host that is kept out", host, "see `p2pchain peers list`")
        except LocalError as error:
            self._refuse(peer, error, message, tag)
        else:
            self._dialing.forgive(host)
            self._done(peer, tag)

    def get_bans(self, peer: Peer, message: GetBans, tag: int | None, now: Now) -> None:
        """List who is kept out."""
        del message
        rows = tuple((ban.host, ban.until_ms, ban.code) for ban in self._bans.standing(now))
        self._peers.send(peer, BansMessage(bans=rows, discouraged=self._bans.discouraged_count), tag)

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
                other.round_trip_ms or 0,
                other.bytes_in,
                other.bytes_out,
            )
            for other in self._peers.all()
            if not other.is_control
        )
        waiting = tuple(
            (str(address), cut(why, WHY_MAX)) for address, why in self._dialing.waiting()[:WAITING_MAX]
        )
        self._peers.send(peer, Connections(connections=rows, waiting=waiting), tag)

    def get_network(self, peer: Peer, message: GetNetwork, tag: int | None, now: Now) -> None:
        """Give the network's file."""
        del message, now
        self._peers.send(peer, NetworkMessage(toml=self._config.network.to_toml()), tag)

    def stop(self, peer: Peer, message: Stop, tag: int | None, now: Now) -> None:
        """End the process."""
        del message, now
        self._done(peer, tag)
        self._outbox.append(StopNode())

    def _refuse(self, peer: Peer, error: LocalError, asked: Message, tag: int | None) -> None:
        self._peers.send(peer, ErrorMessage(code=error.code, reason=str(error), to=asked.NAME), tag)

    def _done(self, peer: Peer, tag: int | None) -> None:
        answer: Message = Done()
        self._peers.send(peer, answer, tag)


def _host(text: str) -> str:
    """Read a host.

    Raises:
        UsageError: it is no IP address.
    """
    if not is_host(text):
        raise UsageError("an IP address without a port", repr(text), "give for example 192.0.2.1")
    return canonical(text)
