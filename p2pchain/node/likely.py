"""Guesses which transactions of a block a peer has: those that it was told of while they were pending."""

from bisect import bisect_left

from p2pchain.chain.block import Block
from p2pchain.node.limits import COMPACT_BLOCK_MIN
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer


class Likely:
    """Where the transactions of one block, the last that was looked at, stood among what is pending."""

    def __init__(self, mempool: Mempool) -> None:
        """Start with none."""
        self._mempool = mempool
        self._hash = b""
        self._places: list[int] = []

    def look(self, block: Block) -> None:
        """Find the places of a block's transactions, before they are pending no more."""
        if block.hash != self._hash:
            found = (self._mempool.place_of(each.txid) for each in block.transactions)
            self._hash = block.hash
            self._places = sorted(place for place in found if place is not None)

    def has_most(self, peer: Peer, block: Block) -> bool:
        """Whether a peer is likely to have at least half of the block that was looked at; of a small one, all."""
        told = bisect_left(self._places, peer.relay_cursor)
        share = 2 if is_large(block) else 1
        return told * share >= len(block.transactions)


def is_large(block: Block) -> bool:
    """Whether a block's compact form saves more than a packet or two: it may cost a round trip."""
    return block.size > COMPACT_BLOCK_MIN
