"""Blocks that lack contents count only under much work."""

import pytest

from p2pchain.chain.tree import Entry
from p2pchain.node import contents as module
from p2pchain.node.burial import Burial
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock

from .lacking import WAIT_MS, announce, asked, bare, chain


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


def test_a_body_that_comes_again_with_other_contents_missing_is_looked_into_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    hider, honest = stage.friend(host), stage.friend(host)
    low, *rest = chain(stage, 2, 0, 0, 0)
    contents = [each.content for each in low.block.transactions]
    announce(host, hider, NewBlock(block=low.block.with_contents({0: None}).encode()))
    assert len(asked(hider)) == 1
    others = [NewBlock(block=item.block.encode()) for item in chain(stage, 0, 0, 0)]
    announce(host, honest, *others[:2])
    with monkeypatch.context() as short:
        short.setattr("p2pchain.node.bodies.BODIES_HELD_BYTES", low.block.size)
        announce(host, honest, others[2])
    below = host.tip
    assert host.node._parts.bodies.held(low.block.hash) is None
    for item in rest:
        hider.say(NewBlock(header=item.block.header.encode()))
    hider.wait(WAIT_MS)
    assert low.block.hash in hider.told(GetBlocks)[-1].hashes
    for block in (low.block.with_contents({1: None}), *(item.block for item in rest)):
        hider.say(BlockMessage(block=block.encode()))
    hider.wait(WAIT_MS)
    hider.say(Contents(contents=(contents[0],)))
    hider.wait(WAIT_MS)
    assert host.tip == below
    honest.say(Contents(contents=(contents[1],)))
    honest.wait(WAIT_MS)
    assert host.tip == rest[-1].block.hash
    assert host.disk.blocks()[0] == low.block


def test_where_one_search_is_given_up_the_next_begins_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONTENTS_SEARCHES", 1)
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 1, 1)
    announce(host, friend, *map(bare, items))
    first, second = ((item.block.transactions[0].txid,) for item in items)
    assert asked(friend) == [first]
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    assert asked(friend) == [first, first]  # for it told of what stands on it meanwhile
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    assert asked(friend) == [first, first, second]
