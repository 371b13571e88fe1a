"""A node that says it has more than anybody, and never has it."""

from p2pchain.chain.network import Network
from p2pchain.node.events import Address, ConnectionOpened
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain

HEIGHT_MAX = 2**31
SLOW_MS = 19_000


class Boaster(Hostile):
    """Lies about height and work. What it does when it is asked for headers, chance decides on each connection.

    It says nothing; or that it has none, at the height that it claimed; or what it has of the honest chain, one header
    at a time and as late as it may.
    """

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Make up a chain."""
        super().__init__(world, links, network, address)
        self._height = world.rng.randrange(1_000, HEIGHT_MAX)
        self._tip = world.rng.randbytes(32)
        self._manner: dict[int, str] = {}

    def _opened(self, event: ConnectionOpened) -> None:
        work = self._world.rng.randbytes(31).rjust(32, b"\0")
        self._manner[event.connection] = self._world.rng.choice(("silent", "empty", "slow"))
        self.tell(event.connection, self.hello(height=self._height, tip=self._tip, work=work))

    def _tell_chain(self, connection: int, message: GetChain) -> None:
        manner = self._manner[connection]
        if manner == "empty":
            self._answer(connection, message, ())
        elif manner == "slow":
            next_one = self._after(message.locator)
            self._world.call_later(SLOW_MS, lambda: self._answer(connection, message, next_one))

    def _answer(self, connection: int, message: GetChain, items: tuple[bytes, ...]) -> None:
        self.tell(
            connection, Chain(what=message.what, start=1, items=items, height=self._height, tip=self._tip)
        )

    def _after(self, locator: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Give the one header of the honest chain that follows what the other side has."""
        known = set(locator)
        step = self.tip
        while step.parent is not None:
            if step.parent.hash in known:
                return (step.header.encode(),)
            step = step.parent
        return ()
