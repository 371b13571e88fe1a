"""A node that floods the others with headers that cost little and lead nowhere."""

from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.new_block import NewBlock

EVERY_MS = 100
BATCH = 10


class HeaderFlooder(Hostile):
    """Grows side branches below the honest tip, and tells of every header of them. None ever has more work."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start with no branch."""
        super().__init__(world, links, network, address)
        self._every(EVERY_MS, self._flood)

    def _flood(self) -> None:
        told: list[NewBlock] = []
        step = self._start()
        while len(told) < BATCH:
            if step.work + self._network.genesis.work > self.tip.work:
                step = self._start()
            if step.work + self._network.genesis.work > self.tip.work:
                break
            step, _ = self.builder.block(step)
            told.append(NewBlock(header=step.header.encode()))
        self._tell_all(*told)

    def _start(self) -> Entry:
        """Draw a block of the honest chain to grow a branch from."""
        step: Entry = self.tip
        for _ in range(self._world.rng.randint(1, 50)):
            step = step.parent or step
        return step
