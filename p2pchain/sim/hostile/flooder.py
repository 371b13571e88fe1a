"""A node that signs records as fast as it can, and sends them to all."""

from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.new_tx import NewTx

EVERY_MS = 100
BATCH = 20


class Flooder(Hostile):
    """Sends valid records, `left` of them; they are as good as anybody's, so they cost it nothing."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start with all of them to send."""
        super().__init__(world, links, network, address)
        self.left = 400
        self._every(EVERY_MS, self._send)

    def _send(self) -> None:
        if self.left and self.connections:
            batch = tuple(self._record().encode() for _ in range(min(BATCH, self.left)))
            self.left -= len(batch)
            self._tell_all(NewTx(transactions=batch, ack=False))

    def _record(self) -> Transaction:
        return self.builder.record()
