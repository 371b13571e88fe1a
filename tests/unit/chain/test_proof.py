"""Proofs over Merkle trees, by every index of every small tree."""

import pytest

from p2pchain.chain.merkle import leaf_hash, root_of_hashes
from p2pchain.chain.proof import (
    consistency_path,
    continues,
    includes,
    inclusion_path,
    least_size,
    split_of,
    stands_in,
)

LEAVES = [leaf_hash(bytes([number])) for number in range(35)]
SIZES = range(1, len(LEAVES) + 1)


def test_a_tree_divides_at_the_largest_power_of_two_below_its_size() -> None:
    assert [split_of(size) for size in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_proves_itself_and_nothing_else(size: int) -> None:
    leaves = LEAVES[:size]
    root = root_of_hashes(leaves)
    for index in range(size):
        path = inclusion_path(leaves, index)
        assert includes(root, size, index, leaves[index], path)
        assert not includes(root, size, index, leaf_hash(b"other"), path)
        assert not includes(bytes(32), size, index, leaves[index], path)
        assert not includes(root, size, index, leaves[index], [*path, bytes(32)])
        assert not includes(root, size, size, leaves[index], path)
        if path:
            assert not includes(root, size, index, leaves[index], path[:-1])
            assert not includes(root, size, (index + 1) % size, leaves[index], path)


@pytest.mark.parametrize("size", SIZES)
def test_a_leaf_proves_itself_without_the_size_of_its_tree(size: int) -> None:
    leaves = LEAVES[:size]
    root = root_of_hashes(leaves)
    for index in range(size):
        path = inclusion_path(leaves, index)
        assert stands_in(root, index, leaves[index], path)
        assert least_size(index, len(path)) <= size
        assert not stands_in(root, index, leaf_hash(b"other"), path)
        assert not stands_in(root, index, leaves[index], [*path, bytes(32)])
        assert not any(stands_in(root, index ^ 1 << bit, leaves[index], path) for bit in range(16))


def test_the_least_size_is_the_first_in_which_the_path_is_so_long() -> None:
    lengths = [[len(inclusion_path(LEAVES[:size], index)) for index in range(size)] for size in SIZES]
    for index in range(len(LEAVES)):
        for length in range(8):
            sizes = [size for size in SIZES if index < size and lengths[size - 1][index] == length]
            least = least_size(index, length)
            assert least == (sizes[0] if sizes else 0) or least > len(LEAVES)


@pytest.mark.parametrize("size", SIZES)
def test_every_beginning_proves_itself_and_nothing_else(size: int) -> None:
    root = root_of_hashes(LEAVES[:size])
    for old_size in range(1, size + 1):
        old_root = root_of_hashes(LEAVES[:old_size])
        path = consistency_path(LEAVES[:size], old_size)
        assert continues(old_root, old_size, root, size, path)
        assert not continues(bytes(32), old_size, root, size, path)
        assert not continues(old_root, old_size, bytes(32), size, path)
        assert not continues(old_root, old_size, root, size, [*path, bytes(32)])
        if path:
            assert not continues(old_root, old_size, root, size, path[:-1])
            assert not continues(old_root, old_size, root, size, [bytes(32), *path[1:]])


def test_nothing_is_the_beginning_of_a_smaller_tree_and_no_tree_begins_with_nothing() -> None:
    roots = [root_of_hashes(LEAVES[:size]) for size in (3, 2)]
    assert not continues(roots[0], 3, roots[1], 2, [])
    assert not continues(roots[0], 0, roots[1], 2, [])
    assert consistency_path(LEAVES[:3], 0) == consistency_path(LEAVES[:3], 3) == []
