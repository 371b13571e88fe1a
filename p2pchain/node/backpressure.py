"""Lets those wait who are ahead of the signature checks and of the disk."""

from p2pchain.node.actions import PauseReading, ResumeReading
from p2pchain.node.events import Now
from p2pchain.node.limits import INTAKE_BYTES_HIGH, INTAKE_BYTES_LOW, INTAKE_BYTES_MAX, PONG_INTAKE_BYTES
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


class Backpressure:
    """What connections have on its way, each and all together.

    A node that has much of it waits for its pong, and pushes no more until then; its blocks still come through. From
    who has far more, as a client may, nothing is read for a while.
    """

    def __init__(self, peers: Peers, outbox: Outbox) -> None:
        """Start with nothing on its way."""
        self._peers = peers
        self._outbox = outbox
        self._bytes = 0

    def weigh(self, peer: Peer | None, size: int) -> None:
        """Note that so many bytes more are on their way, or fewer; of a connection that is gone, too.

        Who says the same thing again and again is weighed each time: somebody has to remember to answer it.
        """
        self._bytes += size
        if peer is None:
            return
        peer.intake_bytes += size
        if peer.intake_bytes <= PONG_INTAKE_BYTES:
            self.answer(peer)
        crowded = self._bytes > INTAKE_BYTES_MAX
        if peer.reading and peer.intake_bytes > (0 if crowded else INTAKE_BYTES_HIGH):
            peer.reading = False
            self._outbox.append(PauseReading(peer.connection))
        elif not peer.reading and peer.intake_bytes <= (0 if crowded else INTAKE_BYTES_LOW):
            peer.reading = True
            self._outbox.append(ResumeReading(peer.connection))

    def receive_ping(self, peer: Peer, message: Ping, tag: int | None, now: Now) -> None:
        """Answer with the same nonce, once most of what the peer sent before it is dealt with.

        One pong waits at most: who pings again has the first at once.
        """
        del now
        self.answer(peer)
        peer.pong_due = message.nonce, tag
        if peer.intake_bytes <= PONG_INTAKE_BYTES:
            self.answer(peer)

    def answer(self, peer: Peer) -> None:
        """Answer a ping that waits, if there is one."""
        if peer.pong_due is not None:
            nonce, tag = peer.pong_due
            peer.pong_due = None
            self._peers.send(peer, Pong(nonce=nonce), tag)
