"""A node that names records without end and has none of them."""

from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_tx import NewTx

EVERY_MS = 200
NAMES = 200


class Namer(Hostile):
    """Names made-up records, and those of others, of which it hears, before they come: it never sends any."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start to name."""
        super().__init__(world, links, network, address)
        self._on(HaveTx, self._repeat)
        self._on(NewTx, lambda _connection, _message: None)
        self._every(EVERY_MS, self._name)

    def _name(self) -> None:
        self._tell_all(HaveTx(txids=tuple(self._world.rng.randbytes(32) for _ in range(NAMES))))

    def _repeat(self, connection: int, message: HaveTx) -> None:
        for each in self.connections:
            if each != connection:
                self.tell(each, message)
