"""The history tree, kept as its complete subtrees, is the Merkle tree over all block hashes."""

from itertools import pairwise

import pytest

from p2pchain.chain import merkle
from p2pchain.chain.history import EMPTY, KEPT_LEVEL_MIN, Frontier, completed_subtrees

HASHES = [number.to_bytes(32, "big") for number in range(1100)]


def grown(count: int) -> Frontier:
    frontier = EMPTY
    for block_hash in HASHES[:count]:
        frontier = frontier.append(block_hash)
    return frontier


def test_the_root_is_that_of_the_whole_tree_at_every_size() -> None:
    frontier = EMPTY
    assert frontier.root() == merkle.EMPTY_ROOT
    for size, block_hash in enumerate(HASHES[:300], start=1):
        frontier = frontier.append(block_hash)
        assert frontier.size == size
        assert frontier.root() == merkle.root(HASHES[:size])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 1023])
def test_there_is_a_peak_for_each_one_bit_of_the_size(size: int) -> None:
    assert len(grown(size).peaks) == size.bit_count()


def test_peaks_are_complete_subtrees_largest_first() -> None:
    assert grown(7).peaks == (merkle.root(HASHES[:4]), merkle.root(HASHES[4:6]), merkle.root(HASHES[6:7]))


def test_appending_leaves_the_earlier_tree_as_it_was() -> None:
    before = grown(3)
    peaks = before.peaks
    before.append(HASHES[3])
    assert (before.size, before.peaks) == (3, peaks)


def test_completed_subtrees_are_those_of_256_leaves_and_more() -> None:
    frontier = EMPTY
    found: list[tuple[int, int, bytes]] = []
    for block_hash in HASHES[:1024]:
        found += completed_subtrees(frontier, block_hash)
        frontier = frontier.append(block_hash)
    assert [(level, index) for level, index, _ in found] == [
        (8, 0),
        (8, 1),
        (9, 0),
        (8, 2),
        (8, 3),
        (9, 1),
        (10, 0),
    ]
    for level, index, subtree in found:
        width = 2**level
        assert level >= KEPT_LEVEL_MIN
        assert subtree == merkle.root(HASHES[index * width : (index + 1) * width])


def test_a_tree_goes_on_from_its_peaks_alone() -> None:
    whole = [grown(size) for size in range(20)]
    for before, after in pairwise(whole):
        assert Frontier(before.size, before.peaks).append(HASHES[before.size]) == after
