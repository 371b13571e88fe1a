"""Complete subtrees of the history tree follow the chain up and down."""

import pytest

from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.proof import inclusion_path
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import subtrees
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def test_subtrees_are_taken_out_with_the_blocks_that_completed_them(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 520)
    hashes = tuple(item.block.hash for item in staged)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), hashes, 0)
    whole = reader.frontier(521)
    with store.writer.group():
        store.writer.commit_chain((), tuple(reversed(hashes[500:])), (), 0)
    assert reader.frontier(501).size == 501
    with store.writer.group():
        store.writer.commit_chain((), (), hashes[500:], 0)
    assert reader.frontier(521) == whole


def test_a_missing_subtree_is_damage_not_another_root(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 511)
    hashes = tuple(item.block.hash for item in staged)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), hashes[:300], 0)
    store.writer._connection.execute("DELETE FROM subtree")
    with pytest.raises(StoreDamaged, match=r"chain\.db.*no subtree 8/0"):
        reader.frontier(301)
    with pytest.raises(StoreDamaged, match="no subtree 8/0"), store.writer.group():
        store.writer.commit_chain((), (), hashes[300:], 0)
    assert reader.tip_height() == 300


def test_a_tree_over_more_blocks_than_there_are_is_refused(reader: Reader) -> None:
    with pytest.raises(StoreDamaged, match="a chain that ends before 2 blocks"):
        reader.frontier(2)


def test_the_way_from_each_block_to_the_root_is_that_of_the_whole_tree(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 530)
    hashes = [item.block.hash for item in staged]
    with store.writer.group():
        store.writer.commit_chain(staged, (), hashes, 0)
    leaves = [leaf_hash(each) for each in (builder.network.genesis.hash, *hashes)]
    for size in (1, 2, 255, 256, 257, 511, 512, 531):
        for height in range(0, size, 51):
            expected = inclusion_path(leaves[:size], height)
            assert subtrees.inclusion_path(reader._connection, size, height) == expected
