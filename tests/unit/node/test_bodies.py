"""Which blocks can be connected: those whose bodies are all there, down to the chain."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.node import bodies as module
from p2pchain.node.bodies import Bodies, Body
from p2pchain.node.burial import Burial
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


class Grove:
    """A tree with a chain of headers in it, and their blocks."""

    def __init__(self, length: int) -> None:
        self.builder = ChainBuilder(simulated_network(), 1)
        genesis = self.builder.genesis
        self.tree = HeaderTree([genesis])
        self.burial = Burial(3)
        self.bodies = Bodies(self.tree, self.burial)
        self.entries: list[Entry] = []
        self.blocks: list[Block] = []
        for _ in range(length):
            self.grow(self.entries[-1] if self.entries else genesis)

    def grow(self, parent: Entry) -> Entry:
        entry, block = self.builder.block(parent, [self.builder.record()])
        self.entries.append(self.tree.add(block.header, parent, entry.work, entry.chain_time))
        self.blocks.append(block)
        return self.entries[-1]

    def add(self, *numbers: int, lacking: bool = False) -> None:
        for number in numbers:
            block = self.blocks[number]
            held = block.with_contents({0: None}) if lacking else block
            self.bodies.add(Body(self.entries[number], held, None, lacking))

    def stored(self, number: int) -> None:
        body = self.bodies.held(self.entries[number].hash)
        self.bodies.stored(body or Body(self.entries[number], self.blocks[number], None))

    def held(self) -> list[Body]:
        found = (self.bodies.held(entry.hash) for entry in self.entries)
        return [body for body in found if body is not None]


def test_a_block_is_complete_when_all_below_it_are() -> None:
    grove = Grove(4)
    grove.add(3, 1)
    assert grove.bodies.best_complete() is grove.tree.tip
    grove.add(0)
    assert grove.bodies.best_complete() is grove.entries[1]
    grove.add(2)
    assert grove.bodies.best_complete() is grove.entries[3]


def test_what_is_connected_is_let_go_of_and_what_was_reverted_can_come_back() -> None:
    grove = Grove(2)
    side = grove.grow(grove.builder.genesis)
    grove.add(0, 1, 2)
    change = grove.tree.change_to(grove.entries[1])
    grove.tree.connect(change)
    grove.bodies.connected(change.connected, ())
    assert grove.bodies.held_bytes == grove.blocks[2].size
    assert grove.bodies.has(grove.entries[0])
    assert grove.bodies.best_complete() is grove.entries[1]
    back = grove.tree.change_to(side)
    grove.tree.connect(back)
    grove.bodies.connected((side,), (grove.entries[1], grove.entries[0]))
    assert grove.bodies.best_complete() is grove.entries[1]
    assert grove.bodies.held(grove.entries[1].hash) is None
    assert grove.bodies.has(grove.entries[1])


def test_a_body_on_disk_needs_no_memory() -> None:
    grove = Grove(2)
    grove.add(0)
    grove.stored(0)
    assert grove.bodies.held_bytes == 0
    grove.add(1)
    assert grove.bodies.best_complete() is grove.entries[1]


def test_one_that_is_there_or_whose_header_is_gone_is_not_taken() -> None:
    grove = Grove(2)
    grove.add(0, 0)
    assert grove.bodies.held_bytes == grove.blocks[0].size
    grove.tree.condemn(grove.entries[1])
    grove.add(1)
    assert grove.bodies.held(grove.entries[1].hash) is None


def test_what_was_condemned_is_forgotten() -> None:
    grove = Grove(4)
    grove.add(0, 1, 3)
    grove.stored(1)
    grove.tree.condemn(grove.entries[1])
    grove.bodies.forget_unknown()
    assert grove.bodies.best_complete() is grove.entries[0]
    assert grove.bodies.held_bytes == grove.blocks[0].size
    assert not grove.bodies.has(grove.entries[3])


def test_where_memory_is_short_the_way_to_the_wanted_tip_goes_to_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grove = Grove(3)
    grove.add(0, 1)
    assert grove.bodies.spare(grove.entries[2]) == []
    monkeypatch.setattr(module, "BODIES_HELD_BYTES", grove.blocks[0].size)
    assert [body.entry for body in grove.bodies.spare(grove.entries[2])] == grove.entries[:2]


def test_side_branches_are_let_go_of_first_with_what_stands_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    grove = Grove(3)
    side = grove.grow(grove.builder.genesis)
    grove.grow(side)
    grove.add(0, 1, 2, 3, 4)
    grove.stored(4)
    monkeypatch.setattr(module, "BODIES_HELD_BYTES", 2 * grove.bodies.held_bytes - 1)
    grove.bodies.connected((), ())
    assert [grove.bodies.has(each) for each in grove.entries] == [True, True, True, False, True]
    grove.tree.condemn(grove.entries[0])
    grove.bodies.forget_unknown()
    assert grove.bodies.best_complete() is grove.builder.genesis
    grove.add(3)
    assert grove.bodies.best_complete() is grove.entries[4]


def test_no_more_is_held_than_the_bound_however_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    grove = Grove(6)
    size = grove.blocks[0].size
    monkeypatch.setattr(module, "BODIES_HELD_BYTES", 3 * size)
    for _ in range(20):
        grove.grow(grove.builder.genesis)
        grove.add(len(grove.entries) - 1)
        assert grove.bodies.held_bytes <= 3 * size
    grove.add(1, 2, 3, 4, 5)
    held = [grove.bodies.held(each.hash) is not None for each in grove.entries[:6]]
    assert held == [False, True, True, False, False, False]
    grove.add(0)
    assert grove.bodies.best_complete() is grove.entries[2]


def test_a_tip_counts_when_nothing_is_missing_under_it_or_all_that_is_missing_is_buried() -> None:
    grove = Grove(6)
    grove.add(0)
    grove.add(1, lacking=True)
    grove.add(2, 3)
    assert grove.bodies.best_complete() is grove.entries[3]
    assert grove.bodies.best_acceptable() is grove.entries[0]
    grove.add(5)
    assert grove.bodies.best_acceptable() is grove.entries[0]
    grove.add(4)
    assert grove.bodies.best_complete() is grove.bodies.best_acceptable() is grove.entries[5]
    assert [grove.burial.is_acceptable(each) for each in grove.entries] == [
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_contents_that_come_in_make_all_above_acceptable() -> None:
    grove = Grove(3)
    grove.add(0, lacking=True)
    grove.add(1, 2)
    whole = grove.blocks[0]
    content = whole.transactions[0].content
    assert content is not None
    grove.bodies.fill(whole.hash, {}, lacking=True)
    assert grove.bodies.best_acceptable() is grove.builder.genesis
    assert grove.bodies.lacking() == 1
    grove.bodies.fill(whole.hash, {0: content}, lacking=False)
    assert grove.bodies.best_acceptable() is grove.entries[2]
    assert grove.bodies.lacking() == 0
    body = grove.bodies.held(whole.hash)
    assert body is not None
    assert (body.block, body.lacking) == (whole, False)


def test_a_body_that_was_filled_while_it_went_to_disk_stays_in_memory_too() -> None:
    grove = Grove(1)
    grove.add(0, lacking=True)
    body = grove.bodies.held(grove.entries[0].hash)
    content = grove.blocks[0].transactions[0].content
    assert body is not None
    assert content is not None
    grove.bodies.fill(body.entry.hash, {0: content}, lacking=False)
    grove.bodies.stored(body)
    assert grove.bodies.held(body.entry.hash) is not None
    grove.bodies.stored(grove.bodies.held(body.entry.hash) or body)
    assert grove.bodies.held(body.entry.hash) is None
    grove.bodies.fill(body.entry.hash, {0: content}, lacking=False)


def test_what_was_let_go_of_while_it_went_to_disk_is_not_taken_for_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grove = Grove(1)
    grove.grow(grove.grow(grove.builder.genesis))
    grove.add(0, lacking=True)
    (body,) = grove.held()
    monkeypatch.setattr(module, "BODIES_HELD_BYTES", 3 * grove.blocks[0].size)
    grove.add(1, 2)  # a better branch, which needs the room
    assert grove.bodies.held(body.entry.hash) is None
    grove.bodies.stored(body)
    assert grove.bodies.has(body.entry)
    assert grove.burial.lacking() == [body.entry]
    assert not grove.burial.is_acceptable(body.entry)


def test_what_was_condemned_while_it_went_to_disk_is_no_tip() -> None:
    grove = Grove(1)
    grove.add(0)
    (body,) = grove.held()
    grove.tree.condemn(body.entry)
    grove.bodies.forget_unknown()
    grove.bodies.stored(body)
    assert grove.bodies.best_complete() is grove.builder.genesis


def test_contents_are_taken_out_of_all_that_is_in_memory() -> None:
    grove = Grove(2)
    grove.add(0, 1)
    grove.bodies.strip(lambda block: block.with_contents({0: None}))
    assert [body.block.transactions[0].content for body in grove.held()] == [None, None]


def test_what_was_condemned_or_connected_is_missed_no_more() -> None:
    grove = Grove(3)
    grove.add(0, 2, lacking=True)
    grove.tree.condemn(grove.entries[2])
    grove.bodies.forget_unknown()
    assert grove.burial.lacking() == [grove.entries[0]]
    change = grove.tree.change_to(grove.entries[0])
    grove.tree.connect(change)
    grove.bodies.connected(change.connected, ())
    assert grove.burial.lacking() == []
