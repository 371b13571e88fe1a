"""A node that greets, asks for much, and reads none of it."""

from p2pchain.chain.network import Network
from p2pchain.node.events import Address, ConnectionOpened
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.get_chain import GetChain

EVERY_MS = 1_000


class Deaf(Hostile):
    """Its window stays shut, so what is sent to it waits where it came from. It says enough not to count as silent."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start to ask."""
        super().__init__(world, links, network, address)
        question = GetChain(locator=(network.genesis.hash,), what="blocks", limit=500)
        self._every(EVERY_MS, lambda: self._tell_all(question))

    def _opened(self, event: ConnectionOpened) -> None:
        super()._opened(event)
        self._links.pause_reading(self, event.connection)
