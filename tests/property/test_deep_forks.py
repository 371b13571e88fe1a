"""A tree that is trimmed again and again changes tips exactly as one that holds every header would."""

import random

from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.tree import Entry, HeaderTree, TipChange

EASY = 0x207FFFFF


class Model:
    """Every header ever seen, with its parent, and the chain as the disk has it."""

    def __init__(self) -> None:
        header = Header(0, bytes(32), bytes(32), 1, EASY, 0)
        self.genesis = Entry(header, header.work, 0, EMPTY.append(header.hash), None)
        self.headers = {header.hash: header}
        self.chain = [header]

    def branch(self, header: Header) -> list[Header]:
        """The headers between the chain and a header, lowest first."""
        found: list[Header] = []
        while self.chain[header.height : header.height + 1] != [header]:
            found.append(header)
            header = self.headers[header.previous_hash]
        return found[::-1]

    def connect(self, header: Header) -> tuple[int, list[bytes]]:
        branch = self.branch(header)
        fork_height = branch[0].height - 1 if branch else header.height
        self.chain[fork_height + 1 :] = branch
        return fork_height, [each.hash for each in branch]


def hold(tree: HeaderTree, model: Model, header: Header) -> Entry:
    """Make the tree hold a header: as found, as looked up on disk, or as asked of a peer from the fork upwards."""
    entry = tree.get(header.hash)
    if entry is not None:
        return entry
    if not model.branch(header):
        work = sum(each.work for each in model.chain[: header.height + 1])
        entry = Entry(header, work, 0, EMPTY, None)
        tree.anchor(entry)
        return entry
    parent = hold(tree, model, model.headers[header.previous_hash])
    return tree.add(header, parent, parent.work + header.work, 0)


def check(tree: HeaderTree, model: Model) -> None:
    tip = model.chain[-1]
    assert tree.tip.hash == tip.hash
    for height in range(tree.base_height, tip.height + 1):
        entry = tree.connected_at(height)
        assert entry is not None
        assert entry.hash == model.chain[height].hash
    for leaf in tree.leaves():
        change = tree.change_to(leaf)
        assert [each.header for each in change.connected] == model.branch(leaf.header)
        assert not change.connected or change.fork_height == change.connected[0].height - 1


@given(seed=st.integers(0, 2**32), count=st.integers(10, 60), depth=st.integers(1, 6))
def test_a_trimmed_tree_changes_as_a_whole_one_does(seed: int, count: int, depth: int) -> None:
    rng = random.Random(seed)
    model = Model()
    tree = HeaderTree([model.genesis])
    for nonce in range(count):
        known = list(model.headers.values())
        parent = hold(tree, model, rng.choice(known if rng.random() < 0.5 else known[-3:]))
        header = Header(parent.height + 1, parent.hash, bytes(32), 2 + parent.height, EASY, nonce)
        model.headers[header.hash] = header
        tree.add(header, parent, parent.work + header.work, 0)
        if rng.random() < 0.7:
            change: TipChange = tree.change_to(tree.best)
            expected = model.connect(tree.best.header)
            assert (change.fork_height, [each.hash for each in change.connected]) == expected
            tree.connect(change)
        if rng.random() < 0.4:
            tree.trim(depth)
        check(tree, model)
