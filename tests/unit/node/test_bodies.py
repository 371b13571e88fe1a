"""Which blocks can be connected: those whose bodies are all there, down to the chain."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.node import bodies as module
from p2pchain.node.bodies import Bodies, Body
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


class Grove:
    """A tree with a chain of headers in it, and their blocks."""

    def __init__(self, length: int) -> None:
        self.builder = ChainBuilder(simulated_network(), 1)
        genesis = self.builder.genesis
        self.tree = HeaderTree([genesis])
        self.bodies = Bodies(self.tree)
        self.entries: list[Entry] = []
        self.blocks: list[Block] = []
        for _ in range(length):
            self.grow(self.entries[-1] if self.entries else genesis)

    def grow(self, parent: Entry) -> Entry:
        entry, block = self.builder.block(parent, [self.builder.record()])
        self.entries.append(self.tree.add(block.header, parent, entry.work, entry.chain_time))
        self.blocks.append(block)
        return self.entries[-1]

    def add(self, *numbers: int) -> None:
        for number in numbers:
            self.bodies.add(Body(self.entries[number], self.blocks[number], None))


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
    grove.bodies.stored(grove.entries[0])
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
    grove.bodies.stored(grove.entries[1])
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


def test_side_branches_are_let_go_of_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    grove = Grove(1)
    sides = [grove.grow(grove.builder.genesis) for _ in range(3)]
    grove.add(1, 2, 3)
    monkeypatch.setattr(module, "BODIES_HELD_BYTES", grove.blocks[0].size)
    monkeypatch.setattr(module, "STORED_BODIES_MAX", 1)
    grove.bodies.stored(sides[0])
    grove.bodies.stored(sides[1])
    grove.bodies.connected((), ())
    assert [grove.bodies.has(side) for side in sides] == [False, True, True]
    grove.add(0)
    grove.bodies.connected((), ())
    assert not grove.bodies.has(sides[2])
