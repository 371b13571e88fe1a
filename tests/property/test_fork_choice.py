"""The tip is a function of the set of known blocks: any order of arrival gives the same one."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


def random_tree(seed: int, count: int) -> tuple[Entry, list[Entry]]:
    """Blocks that grow from random earlier ones: forks of every depth, many of them of equal work."""
    builder = ChainBuilder(simulated_network(), seed)
    entries = [builder.genesis]
    rng = random.Random(seed)
    for _ in range(count):
        entry, _block = builder.block(rng.choice(entries[-6:]), timestamp=0)
        entries.append(entry)
    return entries[0], entries[1:]


def arrive(genesis: Entry, blocks: list[Entry], rng: random.Random) -> HeaderTree:
    """Add blocks in a random order that keeps parents before children, and connect the best after each."""
    tree = HeaderTree([Entry(genesis.header, genesis.work, genesis.chain_time, genesis.frontier, None)])
    waiting = list(blocks)
    rng.shuffle(waiting)
    while waiting:
        block = next(each for each in waiting if tree.get(each.header.previous_hash) is not None)
        waiting.remove(block)
        parent = tree.get(block.header.previous_hash)
        assert parent is not None
        tree.add(block.header, parent, block.work, block.chain_time)
        if tree.best is not tree.tip:
            tree.connect(tree.change_to(tree.best))
    return tree


@given(seed=st.integers(0, 2**32), count=st.integers(1, 40))
def test_every_order_of_arrival_ends_at_the_same_tip(seed: int, count: int) -> None:
    genesis, blocks = random_tree(seed, count)
    expected = min(blocks, key=lambda block: (-block.work, block.hash))
    for order in range(3):
        tree = arrive(genesis, blocks, random.Random(order))
        assert tree.tip.hash == expected.hash
        heights = [tree.connected_at(height) for height in range(tree.tip.height + 1)]
        for below, above in pairwise(heights):
            assert below is not None
            assert above is not None
            assert above.header.previous_hash == below.hash


@given(seed=st.integers(0, 2**32), depth=st.integers(1, 12))
def test_trimming_changes_no_choice(seed: int, depth: int) -> None:
    genesis, blocks = random_tree(seed, 40)
    whole, trimmed = (arrive(genesis, blocks, random.Random(1)) for _ in range(2))
    trimmed.trim(depth)

    assert trimmed.tip.hash == whole.tip.hash
    assert trimmed.best.hash == whole.best.hash
    assert len(trimmed) <= len(whole)
    for entry in trimmed.leaves():
        assert trimmed.change_to(entry).fork_height >= trimmed.tip.height - depth - 1


@given(seed=st.integers(0, 2**32))
def test_a_condemned_block_takes_its_descendants_along(seed: int) -> None:
    genesis, blocks = random_tree(seed, 25)
    tree = HeaderTree([Entry(genesis.header, genesis.work, genesis.chain_time, genesis.frontier, None)])
    for block in blocks:
        parent = tree.get(block.header.previous_hash)
        assert parent is not None
        tree.add(block.header, parent, block.work, block.chain_time)
    culprit = tree.best
    while culprit.parent is not None and culprit.parent.parent is not None:
        culprit = culprit.parent
    tree.condemn(culprit)

    left = [block for block in blocks if tree.get(block.hash) is not None]
    assert all(culprit.hash not in (block.header.previous_hash, block.hash) for block in left)
    expected = min([genesis, *left], key=lambda block: (-block.work, block.hash))
    assert tree.best.hash == expected.hash
