"""Tells peers of the block that will be the next tip before it is one, in its compact form alone."""

from p2pchain.chain.block import Block
from p2pchain.chain.tree import Entry
from p2pchain.node.block_parts import BlockParts
from p2pchain.node.blocks import Blocks
from p2pchain.node.bodies import Bodies
from p2pchain.node.ledger import Ledger
from p2pchain.node.likely import Likely, is_large
from p2pchain.node.peers import Peers
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.short_id import short_ids

NO_HASH = bytes(32)


class Coming:
    """Passes a block on while its signatures are checked here and the disk is at work.

    So all nodes of a network check a block at the same time, not one after the other, and few go on searching for a
    rival of it. Its proof of work, roots and contents are checked. What can still be wrong is a signature, that one of
    its transactions stands in the chain already, or that the disk is full: then every node has checked it in vain, but
    once, for none takes in again what it has condemned, and somebody has paid for a proof of work. Nobody is charged
    for a body that was put together from a compact form, so whoever tells of it early risks nothing. Of each tip one
    child at most is told of so. It is not served whole before it stands in the chain; its parts are until there is
    another tip, for who was told of it has to come to an end with it.
    """

    def __init__(
        self, ledger: Ledger, bodies: Bodies, blocks: Blocks, parts: BlockParts, likely: Likely, peers: Peers
    ) -> None:
        """Start with nothing told."""
        self._ledger = ledger
        self._bodies = bodies
        self._blocks = blocks
        self._parts = parts
        self._likely = likely
        self._peers = peers
        self._told = (NO_HASH, NO_HASH)
        self._hash: bytes | None = None

    def settle(self) -> None:
        """Tell those of it that have its parent; of a small one those who, it seems, have its transactions."""
        block = self._block(self._ledger.best)
        self._hash = None
        if block is None:
            return
        parent = block.header.previous_hash
        if self._told[0] == parent and self._told[1] != block.hash:
            return
        self._told = parent, block.hash
        self._hash = block.hash
        self._parts.coming = block
        self._likely.look(block)
        frame = b""
        for peer in self._peers.nodes():
            heard = (peer.knows_tip, peer.told_tip)
            if parent not in heard or block.hash in heard or not peer.writable:
                continue
            if is_large(block) or self._likely.has_most(peer, block):
                frame = frame or encode(compact(block))
                peer.told_tip = block.hash
                self._peers.send_encoded(peer, frame)

    def hash(self) -> bytes | None:
        """Give the hash of the block that is being told of, if there is one."""
        return self._hash

    def _block(self, best: Entry) -> Block | None:
        """Give the best block, where it stands on the tip, all of it is here and no fault was found in it so far."""
        body = self._bodies.held(best.hash) or self._blocks.unsigned
        if body is None or body.entry is not best or body.lacking:
            return None
        return body.block if best.header.previous_hash == self._ledger.tip.hash else None


def compact(block: Block) -> NewBlock:
    """Give the compact form of a block."""
    ids = short_ids([transaction.head.leaf for transaction in block.transactions], block.hash)
    return NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=tuple(ids))
