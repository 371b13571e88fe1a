"""A node that tells of valid headers with the most work, and never sends a body."""

from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Address, ConnectionOpened
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

EVERY_MS = 2_000
AHEAD = (1, 8)


class HeaderTeller(Hostile):
    """Keeps a branch of headers above the honest tip; whoever asks for bodies hears that they are missing, or nothing.

    It tells of the newest header again and again, whether there is a new one or not.
    """

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start with no branch."""
        super().__init__(world, links, network, address)
        self._branch: list[Entry] = []
        self._every(EVERY_MS, self._announce)

    def _opened(self, event: ConnectionOpened) -> None:
        top = self._branch[-1] if self._branch else self.tip
        work = top.work.to_bytes(32, "big")
        self.tell(event.connection, self.hello(height=top.height, tip=top.hash, work=work))

    def _announce(self) -> None:
        if not self._branch or not self._branch[-1].preferred_to(self.tip):
            self._grow()
        self._tell_all(NewBlock(header=self._branch[-1].header.encode()))

    def _grow(self) -> None:
        """Build a branch from the honest tip, or from a little below it."""
        start = self.tip
        for _ in range(self._world.rng.randint(0, 2)):
            start = start.parent or start
        self._branch.clear()
        count = self.tip.height - start.height + self._world.rng.randint(*AHEAD)
        for _ in range(count):
            start, _ = self.builder.block(start, timestamp=max(self._now_ms, start.header.timestamp + 1))
            self._branch.append(start)

    def _tell_chain(self, connection: int, message: GetChain) -> None:
        known = set(message.locator)
        items = tuple(each.header.encode() for each in self._branch if each.hash not in known)
        top = self._branch[-1] if self._branch else self.tip
        start = self._branch[0].height if self._branch else 1
        self.tell(
            connection, Chain(what="headers", start=start, items=items, height=top.height, tip=top.hash)
        )

    def _tell_blocks(self, connection: int, message: GetBlocks) -> None:
        if self._world.rng.random() < 0.5:
            super()._tell_blocks(connection, message)
