"""For any leaves: the root is RFC 6962's, the history tree grown leaf by leaf is the same tree, and no leaf is free."""

from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain import merkle
from p2pchain.chain.history import EMPTY, KEPT_LEVEL_MIN, Frontier, completed_subtrees

leaves = st.lists(st.binary(max_size=40), max_size=80)
hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=80)


def defined_root(items: list[bytes]) -> bytes:
    """RFC 6962, section 2.1: split at the largest power of two below the number of leaves."""
    if not items:
        return merkle.EMPTY_ROOT
    if len(items) == 1:
        return merkle.leaf_hash(items[0])
    split = 1 << (len(items) - 1).bit_length() - 1
    return merkle.node_hash(defined_root(items[:split]), defined_root(items[split:]))


def grown(items: list[bytes]) -> Frontier:
    frontier = EMPTY
    for item in items:
        frontier = frontier.append(item)
    return frontier


@given(leaves)
def test_the_root_is_the_defined_one(items: list[bytes]) -> None:
    assert merkle.root(items) == defined_root(items)


@given(leaves, leaves)
def test_other_leaves_have_another_root(some: list[bytes], others: list[bytes]) -> None:
    assert (merkle.root(some) == merkle.root(others)) == (some == others)


@given(leaves.filter(bool), st.data())
def test_no_leaf_can_be_doubled_dropped_or_moved(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    root = merkle.root(items)
    assert merkle.root([*items, items[index]]) != root
    assert merkle.root(items[:index] + items[index + 1 :]) != root
    turned = items[index:] + items[:index]
    assert (merkle.root(turned) == root) == (turned == items)


@given(hashes)
def test_the_history_tree_is_the_tree_over_all_blocks(items: list[bytes]) -> None:
    frontier = grown(items)
    assert frontier.size == len(items)
    assert frontier.root() == merkle.root(items)


@given(hashes, hashes)
def test_a_history_tree_goes_on_from_its_peaks(some: list[bytes], more: list[bytes]) -> None:
    before = grown(some)
    frontier = Frontier(before.size, before.peaks)
    for item in more:
        frontier = frontier.append(item)
    assert frontier == grown(some + more)


@given(st.integers(1, 3 * 2**KEPT_LEVEL_MIN), st.binary(min_size=32, max_size=32))
def test_the_peaks_worth_keeping_are_among_the_completed_subtrees(size: int, item: bytes) -> None:
    frontier, kept = EMPTY, {}
    for _ in range(size):
        kept.update({(level, index): node for level, index, node in completed_subtrees(frontier, item)})
        frontier = frontier.append(item)
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    for level, peak in zip(levels, frontier.peaks, strict=True):
        if level >= KEPT_LEVEL_MIN:
            assert kept[level, (size >> level) - 1] == peak
    assert len(kept) == sum(size >> level for level in range(KEPT_LEVEL_MIN, size.bit_length()))
