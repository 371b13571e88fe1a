"""Who tells of compact blocks as fast as it can fills no memory, and holds up no block that another tells of."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest

from p2pchain.chain.block import Block
from p2pchain.node.coming import compact
from p2pchain.node.compact import Compact
from p2pchain.node.reconstruction import Reconstruction
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage

ROUNDS = 1_000
SEARCHES_MAX = 4


@pytest.fixture(autouse=True)
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few pending records take many slices to search."""
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_SLICE", 2)


@pytest.fixture
def seldom_collected() -> Iterator[None]:
    """Leave cycles of objects alone, as a busy node does for minutes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def pending_block(stage: Stage, host: Host) -> Block:
    """Make a block of which the host has all records pending."""
    records = [stage.builder.record() for _ in range(6)]
    host.submit(*records)
    stage.world.run_for(300)
    return stage.builder.block(stage.builder.genesis, records)[1]


def other_block(stage: Stage) -> Block:
    return stage.builder.block(stage.builder.genesis, [stage.builder.record()])[1]


def test_who_tells_of_two_blocks_in_turn_has_one_searched_for() -> None:
    stage = Stage()
    host = stage.host()
    block, one, other = pending_block(stage, host), other_block(stage), other_block(stage)
    hostile, friend = stage.friend(host), stage.friend(host)
    hostile.say(*[compact(each) for each in (one, other) * ROUNDS])
    friend.say(compact(block))
    searches: list[int] = []
    while host.tip != block.hash:
        stage.world.run_for(1)
        searches.append(len(host.node._parts.timers._steps))
    assert 1 <= max(searches) <= SEARCHES_MAX
    hostile.wait(1_000)
    assert len(host.node._parts.compact) <= 1


@pytest.mark.usefixtures("seldom_collected")
def test_what_was_put_together_or_given_up_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Reconstruction]] = []
    drop = Compact._drop

    def noted(self: Compact, built: Reconstruction) -> None:
        made.append(weakref.ref(built))
        drop(self, built)

    monkeypatch.setattr(Compact, "_drop", noted)
    stage = Stage()
    host = stage.host()
    block, given_up = pending_block(stage, host), other_block(stage)
    friend = stage.friend(host)
    friend.say(compact(given_up), compact(block))
    friend.wait(300)
    assert host.tip == block.hash
    assert [each() for each in made] == [None, None]


@pytest.mark.usefixtures("seldom_collected")
def test_who_tells_of_two_in_turn_leaves_nothing_large_behind() -> None:
    stage = Stage()
    host = stage.host()
    blocks = [other_block(stage) for _ in range(2)]
    friend = stage.friend(host)
    ids = tuple(number.to_bytes(6, "big") for number in range(100))
    told = [replace(compact(each), short_ids=ids) for each in blocks]
    for _ in range(50):
        friend.say(*told)
    friend.wait(1_000)
    held = sum(len(each.ids) for each in gc.get_objects() if isinstance(each, Reconstruction))
    assert held <= len(ids)
