"""Reads no more, for a while, from who is ahead of the signature checks and of the disk."""

from p2pchain.node.actions import PauseReading, ResumeReading
from p2pchain.node.limits import INTAKE_BYTES_HIGH, INTAKE_BYTES_LOW, INTAKE_BYTES_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer


class Backpressure:
    """What connections have on its way, each and all together."""

    def __init__(self, outbox: Outbox) -> None:
        """Start with nothing on its way."""
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
        crowded = self._bytes > INTAKE_BYTES_MAX
        if peer.reading and peer.intake_bytes > (0 if crowded else INTAKE_BYTES_HIGH):
            peer.reading = False
            self._outbox.append(PauseReading(peer.connection))
        elif not peer.reading and peer.intake_bytes <= (0 if crowded else INTAKE_BYTES_LOW):
            peer.reading = True
            self._outbox.append(ResumeReading(peer.connection))
