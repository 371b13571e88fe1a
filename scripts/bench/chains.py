"""Chains made without a node, in a data directory from which one can be started."""

import random
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from p2pchain.chain.network import Network
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import index
from p2pchain.store.schema import FILE_NAME, open_writer
from p2pchain.store.store import Store

GROUP_BLOCKS = 500
GROUP_ROWS = 50_000
KEY_BITS = 64


def build_chain(
    network: Network, blocks: int, transactions: int, payload_bytes: int = 234
) -> list[StagedBlock]:
    """Build blocks with their share of the transactions each."""
    builder = ChainBuilder(network, 1)
    payload = bytes(payload_bytes)
    staged: list[StagedBlock] = []
    parent = builder.genesis
    for number in range(blocks):
        count = transactions * (number + 1) // blocks - transactions * number // blocks
        parent, block = builder.block(parent, [builder.record(payload) for _ in range(count)])
        staged.append(StagedBlock(block, parent.work, parent.chain_time))
    return staged


def empty_chain(network: Network, blocks: int) -> Iterator[StagedBlock]:
    """Build blocks without transactions, one at a time: a long chain of them would fill the memory."""
    builder = ChainBuilder(network, 2)
    parent = builder.genesis
    for _ in range(blocks):
        parent, block = builder.block(parent)
        parent.parent = None
        yield StagedBlock(block, parent.work, parent.chain_time)


def fill(directory: Path, network: Network, staged: Iterable[StagedBlock]) -> None:
    """Put a chain into a data directory."""
    blocks = iter(staged)
    with closing(Store(directory, network)) as store:
        while group := tuple(islice(blocks, GROUP_BLOCKS)):
            with store.writer.group():
                store.writer.commit_chain(group, (), tuple(item.block.hash for item in group), 0)
    (directory / "network.toml").write_text(network.to_toml())


def fill_index(directory: Path, network: Network, rows: int) -> None:
    """Enter rows of transactions that nobody will ask for, in groups as a sync does."""
    fill(directory, network, ())
    rng = random.Random(rows)  # noqa: S311  # they only have to be spread
    with closing(open_writer(directory / FILE_NAME)) as connection:
        for start in range(0, rows, GROUP_ROWS):
            count = min(GROUP_ROWS, rows - start)
            with connection:
                index.insert(
                    connection, [(rng.getrandbits(KEY_BITS) - 2 ** (KEY_BITS - 1), 1) for _ in range(count)]
                )
