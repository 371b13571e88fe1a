"""Reads: by hash, by height, in slices, and of a start no more than a window."""

from p2pchain.chain.history import EMPTY
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def test_an_empty_store_holds_genesis(reader: Reader, builder: ChainBuilder) -> None:
    restored = reader.restore(10)
    assert [stored.header for stored in restored.recent] == [builder.network.genesis]
    assert restored.frontier == EMPTY
    assert (restored.pending, restored.last_event) == ((), 0)
    assert reader.block_at(0) is None
    assert reader.at_height(1) is None
    assert reader.by_hash(bytes(32)) is None


def test_headers_blocks_and_places(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [1, 2, 3])
    blocks = [item.block for item in staged]
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(block.hash for block in blocks[:2]))

    assert reader.encoded(1, 10) == [block.header.encode() for block in blocks[:2]]
    assert reader.at_height(2) == reader.by_hash(blocks[1].hash)
    unconnected = reader.by_hash(blocks[2].hash)
    assert unconnected is not None
    assert not unconnected.connected
    assert unconnected.work == staged[2].work
    assert reader.holds_body(blocks[2].hash)
    assert reader.block_at(1) == blocks[0]
    assert reader.block_at(3) is None
    asked = (blocks[0].hash, bytes(32), blocks[1].hash)
    assert reader.load_blocks(asked, 10**6) == (blocks[0].encode(), None, blocks[1].encode())
    assert reader.load_blocks(asked, 1) == (blocks[0].encode(),)
    assert len(reader.load_events(1, 5)) == 1


def test_a_start_reads_a_window_and_the_history_tree_below_it(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 1_100)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged))
    frontier = EMPTY.append(builder.genesis.hash)
    for size, item in enumerate(staged, start=1):
        if size in (1, 255, 256, 257, 511, 512, 513, 1_024, 1_100):
            assert reader.frontier(size) == frontier
        frontier = frontier.append(item.block.hash)
    restored = reader.restore(50)
    assert len(restored.recent) == 50
    assert restored.recent[-1].header == staged[-1].block.header
    assert restored.frontier.size == 1_051
