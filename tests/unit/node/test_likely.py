"""What a peer is likely to have of a block."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.node.events import Address, Direction
from p2pchain.node.likely import Likely, is_large
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.connection import Connection, Role

BUILDER = ChainBuilder(simulated_network(), 1)


def told_up_to(sequence: int) -> Peer:
    peer = Peer(1, Address("192.0.2.1", 1), Direction.INBOUND, Connection(Role.PEER), 0)
    peer.relay_cursor = sequence
    return peer


def pending(count: int, size: int) -> tuple[Mempool, Block]:
    """A mempool with so many records, at the places from 1 on, and the block of them, last first."""
    mempool = Mempool()
    records = [BUILDER.record(bytes(size)) for _ in range(count)]
    for record in records:
        assert mempool.claim(record) == ()
        mempool.add(record, None)
    return mempool, BUILDER.block(BUILDER.genesis, records[::-1])[1]


@pytest.mark.parametrize(("size", "needed"), [(400, 6), (10, 12)])
def test_half_of_a_large_block_is_most_and_all_of_a_small_one(size: int, needed: int) -> None:
    mempool, block = pending(12, size)
    likely = Likely(mempool)
    likely.look(block)
    assert is_large(block) == (size == 400)
    assert not likely.has_most(told_up_to(needed), block)
    assert likely.has_most(told_up_to(needed + 1), block)


def test_what_is_not_pending_nobody_is_likely_to_have() -> None:
    mempool, block = pending(12, 10)
    mempool.remove([block.transactions[0].txid])
    likely = Likely(mempool)
    likely.look(block)
    assert not likely.has_most(told_up_to(100), block)


def test_the_places_of_a_block_that_was_looked_at_are_kept_when_it_is_pending_no_more() -> None:
    mempool, block = pending(12, 10)
    likely = Likely(mempool)
    likely.look(block)
    mempool.remove([each.txid for each in block.transactions])
    likely.look(block)
    assert likely.has_most(told_up_to(13), block)
    _, other = BUILDER.block(BUILDER.genesis, [BUILDER.record()])
    likely.look(other)
    assert not likely.has_most(told_up_to(13), other)


def test_anybody_has_all_of_an_empty_block() -> None:
    _, block = BUILDER.block(BUILDER.genesis)
    likely = Likely(Mempool())
    likely.look(block)
    assert likely.has_most(told_up_to(0), block)
