"""The tree of headers chooses by work, then by hash, and tells how to get from one tip to another."""

import random

import pytest

from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.tree import Entry, HeaderTree, TipChange

EASY = 0x207FFFFF


def genesis() -> Entry:
    header = Header(0, bytes(32), bytes(32), 1, EASY, 0)
    return Entry(header, header.work, 0, EMPTY.append(header.hash), None)


def grow(tree: HeaderTree, parent: Entry, count: int, branch: int = 0) -> list[Entry]:
    """Add headers on one another; another branch gives other hashes."""
    grown: list[Entry] = []
    for _ in range(count):
        header = Header(parent.height + 1, parent.hash, bytes(32), parent.header.timestamp + 1, EASY, branch)
        parent = tree.add(header, parent, parent.work + header.work, 0)
        grown.append(parent)
    return grown


def connect(tree: HeaderTree, entry: Entry) -> None:
    tree.connect(tree.change_to(entry))


@pytest.fixture
def tree() -> HeaderTree:
    return HeaderTree([genesis()])


def test_a_new_tree_holds_its_connected_blocks(tree: HeaderTree) -> None:
    assert len(tree) == 1
    assert tree.tip is tree.best
    assert tree.get(tree.tip.hash) is tree.tip
    assert tree.get(bytes(32)) is None
    assert tree.connected_at(0) is tree.tip
    assert tree.connected_at(1) is None
    assert tree.leaves() == [tree.tip]
    assert (tree.tip.height, tree.base_height) == (0, 0)


def test_a_header_is_added_with_the_history_below_it(tree: HeaderTree) -> None:
    (entry,) = grow(tree, tree.tip, 1)
    assert entry.frontier == tree.tip.frontier.append(entry.hash)
    assert entry.parent is tree.tip
    assert tree.best is entry
    assert tree.tip is not entry
    assert not tree.is_connected(entry)


def test_more_work_is_preferred_whatever_the_hash(tree: HeaderTree) -> None:
    one, two = grow(tree, tree.tip, 2)
    assert two.preferred_to(one)
    assert not one.preferred_to(two)


def test_at_equal_work_the_smaller_hash_is_preferred(tree: HeaderTree) -> None:
    rivals = [grow(tree, tree.tip, 1, branch)[0] for branch in range(5)]
    assert tree.best.hash == min(rival.hash for rival in rivals)
    assert not tree.best.preferred_to(tree.best)
    assert [leaf.hash for leaf in tree.leaves()] == sorted(rival.hash for rival in rivals)


def test_a_change_goes_down_to_the_fork_and_up_again(tree: HeaderTree) -> None:
    root = tree.tip
    short = grow(tree, root, 2, 1)
    connect(tree, short[-1])
    long = grow(tree, short[0], 3, 2)

    change = tree.change_to(long[-1])
    assert change.fork_height == 1
    assert change.connected == tuple(long)
    tree.connect(change)
    assert tree.tip is long[-1]
    assert [tree.connected_at(height) for height in range(6)] == [root, short[0], *long, None]
    assert tree.is_connected(short[0])
    assert not tree.is_connected(short[1])


def test_a_change_to_a_connected_block_connects_nothing(tree: HeaderTree) -> None:
    chain = grow(tree, tree.tip, 3)
    connect(tree, chain[-1])
    change = tree.change_to(chain[0])
    assert (change.fork_height, change.connected) == (1, ())
    tip = tree.tip
    tree.connect(tree.change_to(tip))
    assert tree.tip is tip


def test_a_branch_without_a_connected_block_below_is_a_bug(tree: HeaderTree) -> None:
    header = Header(5, b"x" * 32, bytes(32), 1, EASY, 0)
    with pytest.raises(AssertionError, match="grows from a connected block"):
        tree.change_to(Entry(header, 1, 0, EMPTY, None))


def test_a_condemned_block_goes_with_all_above_it(tree: HeaderTree) -> None:
    trunk = grow(tree, tree.tip, 1)
    good = grow(tree, trunk[0], 1, 1)
    bad = grow(tree, trunk[0], 3, 2)
    fork = grow(tree, bad[1], 1, 3)
    tree.condemn(bad[0])
    assert [tree.get(entry.hash) for entry in (*bad, *fork)] == [None] * 4
    assert tree.best is good[0]
    assert tree.leaves() == [good[0]]
    assert len(tree) == 3


def test_trimming_forgets_what_is_deep(tree: HeaderTree) -> None:
    root = tree.tip
    stale = grow(tree, root, 2, 1)
    chain = grow(tree, root, 10)
    connect(tree, chain[-1])
    tree.trim(4)

    assert tree.base_height == 6
    assert tree.get(chain[4].hash) is None
    assert tree.get(stale[-1].hash) is None
    lowest = tree.connected_at(6)
    assert lowest is chain[5]
    assert lowest.parent is None
    assert tree.connected_at(5) is None
    assert tree.is_connected(chain[2])
    assert len(tree) == 5


def test_trimming_a_shallow_tree_changes_nothing(tree: HeaderTree) -> None:
    chain = grow(tree, tree.tip, 3)
    connect(tree, chain[-1])
    tree.trim(3)
    assert (len(tree), tree.base_height) == (4, 0)


def test_trimming_keeps_a_fork_above_the_edge(tree: HeaderTree) -> None:
    chain = grow(tree, tree.tip, 10)
    connect(tree, chain[-1])
    fork = grow(tree, chain[7], 1, 1)
    tree.trim(4)
    assert tree.get(fork[0].hash) is fork[0]
    assert tree.change_to(fork[0]).fork_height == 8


def test_trimming_looks_at_each_header_a_few_times_however_long_a_branch_is(
    tree: HeaderTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = grow(tree, tree.tip, 400)
    connect(tree, main[-1])
    branch = grow(tree, main[299], 90, branch=1)
    looks: list[Entry] = []
    really = tree.is_connected

    def counted(entry: Entry) -> bool:
        looks.append(entry)
        return really(entry)

    monkeypatch.setattr(HeaderTree, "is_connected", lambda _, entry: counted(entry))
    tree.trim(200)
    assert tree.get(branch[-1].hash) is branch[-1]
    assert len(looks) < 4 * (len(main) + len(branch))


def test_trimming_keeps_the_best_branch_however_deep_it_forks(tree: HeaderTree) -> None:
    root = tree.tip
    chain = grow(tree, root, 10)
    connect(tree, chain[-1])
    best = grow(tree, chain[1], 12, 1)
    tree.trim(4)

    assert tree.best is best[-1]
    change = tree.change_to(best[-1])
    assert change.connected == tuple(best)
    assert change.fork_height == 2
    tree.connect(change)
    assert tree.tip is best[-1]
    assert tree.base_height == 3
    assert tree.connected_at(3) is best[0]
    assert tree.leaves() == [best[-1]]
    assert tree.get(chain[-1].hash) is None


def test_an_anchored_block_is_found_and_grown_upon(tree: HeaderTree) -> None:
    chain = grow(tree, tree.tip, 10)
    connect(tree, chain[-1])
    tree.trim(4)
    deep = Entry(chain[1].header, chain[1].work, 0, chain[1].frontier, None)
    tree.anchor(deep)
    assert tree.get(deep.hash) is deep
    assert tree.is_connected(deep)
    branch = grow(tree, deep, 2, 1)
    assert tree.change_to(branch[-1]).fork_height == deep.height
    assert branch[-1] in tree.leaves()


def test_a_deep_change_forgets_what_grew_from_blocks_that_it_took_off(tree: HeaderTree) -> None:
    chain = grow(tree, tree.tip, 10)
    connect(tree, chain[-1])
    tree.trim(4)
    low, high = (Entry(each.header, each.work, 0, each.frontier, None) for each in (chain[1], chain[3]))
    tree.anchor(low)
    tree.anchor(high)
    loose = grow(tree, high, 3, 1)
    best = grow(tree, low, 12, 2)
    connect(tree, best[-1])
    assert [tree.get(each.hash) for each in (high, *loose)] == [None] * 4
    assert tree.is_connected(low)
    assert tree.leaves() == [best[-1]]


@pytest.mark.parametrize("seed", range(30))
def test_the_way_to_the_best_header_is_followed_through_every_change(seed: int) -> None:
    rng = random.Random(seed)
    tree = HeaderTree([genesis()])
    for branch in range(60):
        entries = [entry for entry in tree.leaves() if entry.height >= tree.base_height]
        entries += [each for each in (tree.connected_at(tree.tip.height - down) for down in range(4)) if each]
        start = rng.choice(entries)
        grown = grow(tree, start, rng.randint(1, 9), branch)
        change = rng.random()
        if change < 0.5 and tree.best is not tree.tip:
            way = tree.change_to(tree.best)
            tree.connect(TipChange(way.fork_height, way.connected[: rng.randint(1, len(way.connected))]))
        elif change < 0.6 and not any(map(tree.is_connected, grown)):
            tree.condemn(rng.choice(grown))
        elif change < 0.7:
            tree.trim(5)
        if rng.random() < 0.7:
            assert list(tree.way_to_best()) == list(tree.change_to(tree.best).connected)


def test_pruning_keeps_the_way_to_the_best_header_and_the_branches_that_are_named(tree: HeaderTree) -> None:
    main = grow(tree, tree.tip, 6)
    connect(tree, main[3])
    kept, lost = grow(tree, main[0], 3, branch=1), grow(tree, main[1], 2, branch=2)
    twig = grow(tree, kept[0], 1, branch=3)
    assert tree.branch_length(kept[-1]) == 3
    assert tree.branch_length(main[2]) == 0
    tree.prune([kept[-1], kept[1], main[2]])
    assert all(tree.get(entry.hash) is entry for entry in [*main, *kept])
    assert all(tree.get(entry.hash) is None for entry in [*lost, *twig])
    assert len(tree) == 1 + 6 + 3
    assert tree.best is main[-1]
    assert {entry.hash for entry in tree.leaves()} >= {main[-1].hash, kept[-1].hash}


def test_pruning_lets_go_of_what_is_held_from_below_the_base_for_no_branch(tree: HeaderTree) -> None:
    main = grow(tree, tree.tip, 30)
    connect(tree, main[-1])
    tree.trim(10)
    old = [Entry(entry.header, entry.work, 0, entry.frontier, None) for entry in main[:5]]
    for entry in old:
        tree.anchor(entry)
    branch = grow(tree, old[2], 2, branch=1)
    tree.prune([branch[-1]])
    assert [tree.get(entry.hash) is not None for entry in old] == [False, False, True, False, False]
    assert tree.change_to(branch[-1]) == TipChange(old[2].height, tuple(branch))
