"""Proofs over Merkle trees (RFC 6962, 2.1.1 and 2.1.2): that a leaf is in a tree, and that one tree continues another.

The same tree stands in a block's header, over its transactions, and in its coinbase, over all blocks below it.
"""

from collections.abc import Sequence

from p2pchain.chain.merkle import node_hash, root_of_hashes


def split_of(size: int) -> int:
    """Give the largest power of two below a size of 2 or more: where its tree divides."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Give the hashes beside the way from a leaf to the root, lowest first, from the hashes of all leaves."""
    if len(hashes) <= 1:
        return []
    split = split_of(len(hashes))
    if index < split:
        return [*inclusion_path(hashes[:split], index), root_of_hashes(hashes[split:])]
    return [*inclusion_path(hashes[split:], index - split), root_of_hashes(hashes[:split])]


def includes(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path proves that a leaf, given by its hash, stands at an index of a tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, place, last = leaf, index, size - 1
    for beside in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(beside, node)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def least_size(index: int, length: int) -> int:
    """Give the smallest tree in which a leaf's path has a length; 0 where no tree gives it one so short."""
    level = 0
    while level + (index >> level).bit_count() < length:
        level += 1
    if level == 0:
        return index + 1 if index.bit_count() == length else 0
    return ((index >> level - 1 | 1) << level - 1) + 1


def stands_in(root: bytes, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path proves that a leaf, given by its hash, is in a tree of which nobody knows the size.

    Index and length tell on which side of the way each hash stands, alike in all trees in which the path is so long.
    So the leaf is proven; its index, but for the last leaves of a tree, where several indexes have one way.
    """
    return includes(root, least_size(index, len(path)), index, leaf, path)


def consistency_path(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Give the hashes that prove, to who knows both roots, that the tree of the first `size` leaves was continued."""
    return _continued(hashes, size, whole=True) if 0 < size < len(hashes) else []


def _continued(hashes: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    """Do so for a subtree; a `whole` one begins with the old tree's first leaf, so its root is known already."""
    if size == len(hashes):
        return [] if whole else [root_of_hashes(hashes)]
    split = split_of(len(hashes))
    if size <= split:
        return [*_continued(hashes[:split], size, whole=whole), root_of_hashes(hashes[split:])]
    return [*_continued(hashes[split:], size - split, whole=False), root_of_hashes(hashes[:split])]


def continues(old_root: bytes, old_size: int, root: bytes, size: int, path: Sequence[bytes]) -> bool:
    """Say whether a path proves that one tree is the beginning of another (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    steps = list(path)
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if place:
        if not steps:
            return False
        old = new = steps.pop(0)
    else:
        old = new = old_root
    for beside in steps:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == root
