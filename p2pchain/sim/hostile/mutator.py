"""A node that sends other bodies under honest headers, so that somebody holds them for those blocks."""

from dataclasses import replace

from p2pchain.chain.block import Block, Coinbase
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock


class Mutator(Hostile):
    """Passes each block that it hears of on to all, as fast as it can, but not as it was; `mutations` counts them."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Start with no block heard of."""
        super().__init__(world, links, network, address)
        self.mutations = 0
        self._blocks: dict[bytes, Block] = {}
        self._on(BlockMessage, self._take_body)

    def _take_block(self, connection: int, message: NewBlock) -> None:
        super()._take_block(connection, message)
        if message.block is not None:
            self._pass_on(Block.decode(message.block, self._network.id), connection)
        elif message.coinbase is not None:
            header = Header.decode(message.header or b"")
            self._pass_on(Block(header, Coinbase.decode(message.coinbase), ()), connection)
            self.tell(connection, GetBlocks(hashes=(header.hash,)))

    def _take_body(self, connection: int, message: BlockMessage) -> None:
        if message.block is not None:
            self._pass_on(Block.decode(message.block, self._network.id), connection)

    def _pass_on(self, block: Block, connection: int) -> None:
        self._blocks[block.hash] = block
        for each in self.connections:
            if each != connection:
                self.tell(each, NewBlock(block=self._mutated(block)))

    def _tell_blocks(self, connection: int, message: GetBlocks) -> None:
        for block_hash in message.hashes:
            block = self._blocks.get(block_hash)
            if block is not None:
                self.tell(connection, BlockMessage(block=self._mutated(block)))
            else:
                self.tell(connection, BlockMessage(hash=block_hash, missing=True))

    def _mutated(self, block: Block) -> bytes:
        """Change a body in one of the ways that leave its header as it is."""
        self.mutations += 1
        ways = [
            self._with_other_coinbase,
            self._with_one_less,
            self._with_other_content,
            self._with_more_bytes,
            self._without_contents,
        ]
        return self._world.rng.choice(ways if block.transactions else ways[:1])(block)

    def _with_other_coinbase(self, block: Block) -> bytes:
        miner = self._world.rng.randbytes(32)
        return Block(block.header, replace(block.coinbase, miner=miner), block.transactions).encode()

    @staticmethod
    def _with_one_less(block: Block) -> bytes:
        return Block(block.header, block.coinbase, block.transactions[1:]).encode()

    def _with_other_content(self, block: Block) -> bytes:
        content = self._world.rng.randbytes(block.transactions[0].head.content_size)
        return block.with_contents({0: content}).encode()

    @staticmethod
    def _with_more_bytes(block: Block) -> bytes:
        return block.encode() + b"\0"

    @staticmethod
    def _without_contents(block: Block) -> bytes:
        """Leave contents out: nothing is wrong with that, they can be asked of others."""
        return block.with_contents(dict.fromkeys(range(len(block.transactions)))).encode()
