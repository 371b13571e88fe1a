"""The first exchange on a connection: both sides say hello, and each decides whether it can talk to the other."""

from p2pchain.errors import HandshakeError
from p2pchain.node.config import NodeConfig
from p2pchain.node.events import Direction, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import HANDSHAKE_TIMEOUT_MS
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.hello import Hello

PROTOCOL = 1


class OtherProtocol(HandshakeError):
    """The peer speaks a version of the protocol that this node does not."""

    code = "other_protocol"


class OtherNetwork(HandshakeError):
    """The peer's network has other rules."""

    code = "other_network"


class SelfConnection(HandshakeError):
    """The node has dialled itself."""

    code = "self_connection"
    transient = True


class DuplicateConnection(HandshakeError):
    """There is another connection to the same node, and that one is kept."""

    code = "duplicate_connection"
    transient = True


class HandshakeTimeout(HandshakeError):
    """The peer did not say hello in time."""

    code = "handshake_timeout"
    transient = True


class Handshake:
    """Greets, and judges the other's greeting."""

    def __init__(self, config: NodeConfig, peers: Peers, ledger: Ledger, timers: Timers) -> None:
        """Take what a greeting tells."""
        self._config = config
        self._peers = peers
        self._ledger = ledger
        self._timers = timers

    def greet(self, peer: Peer, now: Now) -> None:
        """Say hello, and give the other side its time to."""
        tip = self._ledger.tip
        hello = Hello(
            protocol=PROTOCOL,
            network=self._config.network.id,
            agent=self._config.agent,
            node=self._config.node_id,
            listen=self._config.listen.port,
            height=tip.height,
            tip=tip.hash,
            work=tip.work.to_bytes(32, "big"),
            time=now.wall_ms,
        )
        peer.told_tip = tip.hash
        self._peers.send(peer, hello)
        self._timers.call_at(peer.opened_ms + HANDSHAKE_TIMEOUT_MS, lambda later: self._give_up(peer, later))

    def receive(self, peer: Peer, hello: Hello) -> Peer | None:
        """Judge the other's greeting, and make the connection ready.

        Returns an older connection to the same node that this one replaces.

        Raises:
            HandshakeError: the two cannot or need not talk.
        """
        self._check(hello)
        other = self._twin(peer, hello)
        if other is not None and not self._wins(peer, other):
            raise DuplicateConnection(f"one connection to {peer.address.host}", "a second one")
        peer.hello = hello
        peer.state = State.READY
        self._peers.changed()
        peer.claimed_work = int.from_bytes(hello.work, "big")
        peer.claimed_height = hello.height
        peer.knows_tip = hello.tip
        return other

    def _check(self, hello: Hello) -> None:
        if hello.node == self._config.node_id:
            raise SelfConnection("another node", "this node itself")
        if hello.protocol != PROTOCOL:
            raise OtherProtocol(
                f"protocol {PROTOCOL}", str(hello.protocol), "run versions that speak the same one"
            )
        if hello.network != self._config.network.id:
            raise OtherNetwork(
                f"network {self._config.network.id.hex()[:16]} ({self._config.network.name})",
                hello.network.hex()[:16],
                "start both nodes with the same network file",
            )

    def _twin(self, peer: Peer, hello: Hello) -> Peer | None:
        """Find another connection to the node; only from the same host, for anyone can copy a node's number."""
        for other in self._peers.all():
            same_host = other.address.host == peer.address.host
            same_node = other.hello is not None and other.hello.node == hello.node and hello.listen != 0
            if other is not peer and other.is_ready and same_host and same_node:
                return other
        return None

    def _wins(self, peer: Peer, other: Peer) -> bool:
        """Choose between two connections as the other side does too: the one that the greater number dialled stays."""
        if peer.direction is other.direction or other.hello is None:
            return False
        keep_ours = self._config.node_id > other.hello.node
        return (peer.direction is Direction.OUTBOUND) == keep_ours

    def _give_up(self, peer: Peer, now: Now) -> None:
        del now
        if peer.state is State.GREETING:
            error = HandshakeTimeout(f"hello within {HANDSHAKE_TIMEOUT_MS // 1000} s", "silence")
            self._peers.dismiss(peer, error.code, str(error))
