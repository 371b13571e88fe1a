"""Blocks that lack contents count only under much work."""

from p2pchain.chain.tree import Entry
from p2pchain.node.burial import Burial
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


def grown(count: int) -> list[Entry]:
    builder = ChainBuilder(simulated_network(), 1)
    entries = [builder.genesis]
    for _ in range(count):
        entries.append(builder.block(entries[-1])[0])
    return entries


def test_a_block_is_buried_under_so_many_times_its_own_work() -> None:
    burial = Burial(2)
    entries = grown(6)
    burial.note(entries[1])
    burial.note(entries[3])
    burial.weigh_all(entries[1:])
    assert [burial.is_acceptable(entry) for entry in entries] == [
        True,
        False,
        False,
        False,
        False,
        True,
        True,
    ]
    assert burial.work_over(entries[3]) == entries[5].work


def test_of_several_the_one_that_takes_most_work_counts() -> None:
    burial = Burial(4)
    entries = grown(6)
    burial.note(entries[1])
    burial.note(entries[2])
    for entry in entries[1:]:
        burial.weigh(entry)
    assert [burial.is_acceptable(entry) for entry in entries[4:]] == [False, False, True]


def test_what_came_in_counts_once_all_is_weighed_again() -> None:
    burial = Burial(1_000)
    entries = grown(2)
    burial.note(entries[1])
    burial.weigh_all(entries[1:])
    assert burial.lacks(entries[1])
    assert burial.lacking() == [entries[1]]
    assert burial.drop(entries[1].hash)
    assert not burial.drop(entries[1].hash)
    assert not burial.is_acceptable(entries[2])
    burial.weigh_all(entries[1:])
    assert burial.is_acceptable(entries[2])


def test_the_new_ones_are_told_once() -> None:
    burial = Burial(1)
    entries = grown(1)
    burial.note(entries[1])
    assert burial.take_new() == [entries[1]]
    assert burial.take_new() == []


def test_the_lowest_block_held_stands_on_nothing() -> None:
    burial = Burial(1)
    genesis = grown(0)[0]
    burial.weigh(genesis)
    assert burial.is_acceptable(genesis)
