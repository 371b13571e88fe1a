"""A miner that leaves the contents of its own records out of its blocks, and shows them to some or to nobody."""

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock

EVERY_MS = 3_000
RECORDS = (1, 4)


class Withholder(Hostile):
    """Mines on the honest tip now and then.

    `shown` are the hosts that are told contents when they ask. Others are told that there are none, or nothing. `mined`
    are its blocks, whole, by their hashes.
    """

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start with nothing mined, and show nobody anything."""
        super().__init__(world, links, network, address)
        self.shown: set[str] = set()
        self.mined: dict[bytes, Block] = {}
        self._contents: dict[bytes, bytes | None] = {}
        self._every(EVERY_MS, self._mine)

    def _mine(self) -> None:
        records = [self.builder.record() for _ in range(self._world.rng.randint(*RECORDS))]
        entry, block = self.builder.block(
            self.tip, records, timestamp=max(self._now_ms, self.tip.header.timestamp + 1)
        )
        self.mined[entry.hash] = block
        self._contents.update((each.txid, each.content) for each in records)
        self._tell_all(NewBlock(block=self._bare(block)))

    def _tell_blocks(self, connection: int, message: GetBlocks) -> None:
        for block_hash in message.hashes:
            block = self.mined.get(block_hash)
            if block is not None:
                self.tell(connection, BlockMessage(block=self._bare(block)))
            else:
                self.tell(connection, BlockMessage(hash=block_hash, missing=True))

    def _tell_contents(self, connection: int, message: GetContents) -> None:
        if self._hosts[connection] in self.shown:
            self.tell(connection, Contents(contents=tuple(map(self._contents.get, message.txids))))
        elif self._world.rng.random() < 0.5:
            super()._tell_contents(connection, message)

    @staticmethod
    def _bare(block: Block) -> bytes:
        return block.with_contents(dict.fromkeys(range(len(block.transactions)))).encode()
