"""The table of blocks: what goes in comes out byte for byte, and headers are not kept twice."""

import pytest

from p2pchain.node.actions import StagedBlock
from p2pchain.node.ports import StoredHeader
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import bodies
from p2pchain.store.store import Store


@pytest.mark.parametrize("count", [0, 1, 15, 16, 40])
def test_a_block_comes_out_as_it_went_in(store: Store, builder: ChainBuilder, count: int) -> None:
    (item,) = builder.chain(builder.genesis, [count])
    connection = store.writer._connection
    bodies.keep(connection, item)
    assert bodies.load(connection, item.block.hash) == item.block.encode()
    assert bodies.load_at(connection, 1) is None


def test_the_header_stands_in_the_file_once(store: Store, builder: ChainBuilder) -> None:
    (item,) = builder.chain(builder.genesis, [1])
    bodies.keep(store.writer._connection, item)
    body = store.writer._connection.execute("SELECT body FROM block WHERE height = 1").get
    assert body == item.block.encode()[bodies.BODY_START :]
    assert item.block.header.encode() not in body


def test_genesis_is_a_header_only(store: Store, builder: ChainBuilder) -> None:
    connection, genesis = store.writer._connection, builder.network.genesis
    assert bodies.header_at(connection, 0) == StoredHeader(genesis, genesis.work, 0, connected=True)
    assert bodies.load(connection, genesis.hash) is None
    assert bodies.load_at(connection, 0) is None


def test_a_block_that_is_kept_already_stays_as_it_is(store: Store, builder: ChainBuilder) -> None:
    (item,) = builder.chain(builder.genesis, [1])
    bodies.keep(store.writer._connection, item)
    bodies.keep(store.writer._connection, StagedBlock(item.block, 1, 1))
    assert bodies.header(store.writer._connection, item.block.hash) == StoredHeader(
        item.block.header, item.work, item.chain_time, connected=False
    )


@pytest.mark.parametrize("work", [1, 255, 256, 2**256 - 1])
def test_work_and_chain_time_of_any_size_are_kept(store: Store, builder: ChainBuilder, work: int) -> None:
    (item,) = builder.chain(builder.genesis, [0])
    bodies.keep(store.writer._connection, StagedBlock(item.block, work, 2**63 - 1))
    stored = bodies.header(store.writer._connection, item.block.hash)
    assert stored == StoredHeader(item.block.header, work, 2**63 - 1, connected=False)


def test_two_blocks_of_a_height_are_told_apart(store: Store, builder: ChainBuilder) -> None:
    staged = [*builder.chain(builder.genesis, [0]), *builder.chain(builder.genesis, [1])]
    chosen, other = (item.block for item in staged)
    with store.writer.group():
        store.writer.commit_chain(staged, (), [chosen.hash], 0)
    connection = store.writer._connection
    connected = [bodies.header(connection, block.hash) for block in (chosen, other)]
    assert [stored.connected for stored in connected if stored] == [True, False]
    assert bodies.encoded_headers(connection, 1, 9) == [chosen.header.encode()]
    assert [stored.header for stored in bodies.headers_from(connection, 1)] == [chosen.header]
    assert bodies.load_at(connection, 1) == chosen.encode()
