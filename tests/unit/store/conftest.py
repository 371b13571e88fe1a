"""A fresh store, a builder of chains to put into it, and a store in which much has happened."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, simulated_network())
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    opened = store.reader()
    yield opened
    opened.close()


def replace_above(store: Store, builder: ChainBuilder, parent: Entry, sizes: list[int]) -> None:
    """Put blocks on a block of the chain, in place of those that were above it."""
    items = builder.chain(parent, sizes)
    above = [each.header.hash for each in store.restore(1_000).recent if each.header.height > parent.height]
    hashes = tuple(item.block.hash for item in items)
    with store.writer.group():
        store.writer.commit_chain(tuple(items), tuple(reversed(above)), hashes, 0)


@pytest.fixture
def eventful(tmp_path: Path, store: Store, builder: ChainBuilder) -> Iterator[apsw.Connection]:
    """A chain of 520 blocks and a side branch of two; records pending, chained, evicted; opened to damage."""
    evicted, chained, *waiting = (builder.record() for _ in range(4))
    with store.writer.group():
        store.writer.store_pending([evicted, chained, *waiting], (), 0)
    with store.writer.group():
        store.writer.forget_contents([evicted.txid])
    first, block = builder.block(builder.genesis, [chained, builder.record()])
    with store.writer.group():
        item = StagedBlock(block, first.work, first.chain_time)
        store.writer.commit_chain((item,), (), (block.hash,), 0)
    replace_above(store, builder, first, [1, 2])
    replace_above(store, builder, first, [1, 0, *[0] * 517])
    connection = apsw.Connection(str(tmp_path / FILE_NAME))
    yield connection
    connection.close()


@pytest.fixture
def damaged(tmp_path: Path, eventful: apsw.Connection, store: Store) -> Iterator[Reader]:
    """That store with a page of an index that is not in order any more."""
    store.writer.flush_log()
    query = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_block_1'"
    page, size = int(eventful.execute(query).get), int(eventful.pragma("page_size"))
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 64)
    opened = store.reader()
    yield opened
    opened.close()
