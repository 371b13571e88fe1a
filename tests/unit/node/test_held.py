"""Headers that come too early wait for their time, few of them, and then go the way of any other."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block
from p2pchain.node import limits
from p2pchain.node.actions import Report
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.held import Held, HeldHeader
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer
from p2pchain.node.timers import Timers
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

WALL_MS = 2_000_000_000_000
MINUTE = 60_000


class Shelf:
    """A `Held` with a clock to turn and peers by number."""

    def __init__(self) -> None:
        self.network = simulated_network()
        self.builder = ChainBuilder(self.network, 1)
        self.timers = Timers()
        self.outbox = Outbox()
        self.held = Held(self.network, self.timers, self.outbox)
        self.out: list[HeldHeader] = []
        self.held.on_due(lambda held, _: self.out.append(held))
        self.now = Now(WALL_MS, 1_000)

    def block(self, ahead_ms: int) -> Block:
        return self.builder.block(self.builder.genesis, timestamp=WALL_MS + ahead_ms)[1]

    def hold(self, block: Block, peer: int = 1, *, whole: bool = True) -> None:
        wire = Connection(Role.PEER)
        teller = Peer(peer, Address("192.0.2.1", peer), Direction.INBOUND, wire, 0)
        self.held.hold(block.header, block.encode() if whole else None, teller, self.now)

    def pass_time(self, ms: int, *, step_ms: int = 0) -> None:
        """Let time pass, looking whenever that was asked for; the wall clock is set by `step_ms` first."""
        end = self.now.ticks_ms + ms
        self.now = Now(self.now.wall_ms + step_ms, self.now.ticks_ms)
        while (wakes_at := self.timers.wakes_at()) is not None and wakes_at <= end:
            self._turn_to(wakes_at)
            self.timers.run(self.now)
        self._turn_to(end)

    def _turn_to(self, ticks_ms: int) -> None:
        self.now = Now(self.now.wall_ms + ticks_ms - self.now.ticks_ms, ticks_ms)

    def reports(self) -> str:
        return " ".join(action.text for action in self.outbox if isinstance(action, Report))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_it_comes_when_its_time_has_come_and_no_sooner(shelf: Shelf) -> None:
    block = shelf.block(5 * MINUTE)
    shelf.hold(block)
    shelf.pass_time(4 * MINUTE - 1)
    assert shelf.out == []
    shelf.pass_time(1)
    (held,) = shelf.out
    assert (held.header, held.encoded, held.source) == (block.header, block.encode(), 1)
    assert shelf.timers.wakes_at() is None


def test_more_than_ten_minutes_is_too_far(shelf: Shelf) -> None:
    shelf.hold(shelf.block(limits.FUTURE_HELD_MS + 1))
    assert shelf.timers.wakes_at() is None
    assert "too far ahead" in shelf.reports()
    shelf.hold(shelf.block(limits.FUTURE_HELD_MS))
    assert "held until" in shelf.reports()


def test_a_peer_has_one_the_earliest(shelf: Shelf) -> None:
    early, late = shelf.block(3 * MINUTE), shelf.block(4 * MINUTE)
    for block in (late, early, late, early):
        shelf.hold(block)
    shelf.pass_time(9 * MINUTE)
    assert [held.header for held in shelf.out] == [early.header]


def test_eight_are_held_in_all_the_earliest(shelf: Shelf) -> None:
    blocks = [shelf.block((9 - number) * MINUTE) for number in range(limits.HELD_MAX)]
    for number, block in enumerate(blocks):
        shelf.hold(block, number)
    shelf.hold(shelf.block(10 * MINUTE), 100)
    first = shelf.block(2 * MINUTE - 1)
    shelf.hold(first, 101)
    shelf.pass_time(10 * MINUTE)
    assert [held.header for held in shelf.out] == [first.header, *(each.header for each in blocks[:0:-1])]


def test_who_told_of_one_is_kept_until_it_tells_of_an_earlier_one(shelf: Shelf) -> None:
    shared, early = shelf.block(4 * MINUTE), shelf.block(3 * MINUTE)
    for peer in (1, 2, 2):
        shelf.hold(shared, peer)
    shelf.hold(early, 1)
    shelf.pass_time(4 * MINUTE)
    assert [(held.header, held.tellers) for held in shelf.out] == [(early.header, [1]), (shared.header, [2])]


def test_blocks_are_held_while_there_is_room_then_headers(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (shelf.block(minutes * MINUTE) for minutes in (2, 3, 4))
    monkeypatch.setattr("p2pchain.node.held.HELD_BYTES_MAX", len(one.encode()) * 3 // 2)
    shelf.hold(one, 1)
    shelf.hold(two, 2)
    shelf.hold(three, 3, whole=False)
    shelf.pass_time(4 * MINUTE)
    assert [held.encoded for held in shelf.out] == [one.encode(), None, None]


def test_one_that_is_due_sooner_than_the_next_look_is_in_time(shelf: Shelf) -> None:
    shelf.hold(shelf.block(5 * MINUTE), 1)
    shelf.hold(shelf.block(MINUTE + 500), 2)
    shelf.pass_time(500)
    assert len(shelf.out) == 1
    shelf.pass_time(5 * MINUTE)
    assert len(shelf.out) == 2


def test_the_clock_is_set_forward_and_it_comes_at_the_next_look(shelf: Shelf) -> None:
    shelf.hold(shelf.block(9 * MINUTE))
    shelf.pass_time(limits.HELD_LOOK_MS, step_ms=8 * MINUTE)
    assert len(shelf.out) == 1


def test_the_clock_is_set_back_and_it_waits_or_is_forgotten(shelf: Shelf) -> None:
    shelf.hold(shelf.block(2 * MINUTE), 1)
    shelf.hold(shelf.block(9 * MINUTE), 2)
    shelf.pass_time(3 * MINUTE, step_ms=-5 * MINUTE)
    assert shelf.out == []
    shelf.pass_time(20 * MINUTE)
    assert len(shelf.out) == 1


def test_it_waits_for_the_clamp_where_that_is_less() -> None:
    network = replace(simulated_network(), retarget="asert", half_life=60_000, clamp=5_000)
    shelf = Shelf()
    shelf.held = Held(network, shelf.timers, shelf.outbox)
    shelf.hold(shelf.block(30_000))
    assert shelf.timers.wakes_at() == shelf.now.ticks_ms + limits.HELD_LOOK_MS
    shelf.pass_time(25_000)
    assert shelf.timers.wakes_at() is None


def test_a_block_five_minutes_ahead_becomes_the_tip_by_itself(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + 5 * MINUTE)
    friend.say(NewBlock(block=block.encode()))
    friend.wait(3 * MINUTE)
    assert host.node.status(host.now()).best_header == 0
    assert friend.farewell() == "silent"
    friend.wait(MINUTE + 1_000)
    assert host.tip == block.hash


def test_a_header_that_came_in_an_answer_is_taken_in_and_its_body_asked_for(stage: Stage) -> None:
    host = stage.host()
    friend, wall_ms = stage.stranger(), host.now().wall_ms
    entry, first = stage.builder.block(stage.builder.genesis, timestamp=wall_ms + 70_000)
    last, _ = stage.builder.block(entry, timestamp=wall_ms + 75_000)
    friend.dial(host)
    friend.greet(friend.hello(height=2, tip=last.hash, work=last.work.to_bytes(32, "big")))
    items = (first.header.encode(), last.header.encode())
    friend.say(Chain(what="headers", start=1, items=items, height=2, tip=last.hash))
    friend.wait(1_000)
    assert host.node.status(host.now()).best_header == 0
    friend.wait(11_000)
    assert host.node.status(host.now()).best_header == 1
    assert friend.told(GetBlocks)[0].hashes == (first.hash,)
    friend.say(Chain(what="headers", start=2, items=items[1:], height=2, tip=last.hash))
    friend.wait(6_000)
    assert host.node.status(host.now()).best_header == 2
    assert len(friend.told(GetChain)) == 2


def test_a_body_at_fault_costs_its_sender_when_its_time_has_come(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + 2 * MINUTE)
    junk = NewBlock(block=block.encode() + b"junk")
    friend.say(junk)
    friend.wait(MINUTE + 1_000)
    assert friend.farewell() == "malformed_block"
    other = stage.friend(host)
    other.say(NewBlock(block=block.encode()))
    other.wait(1_000)
    assert host.tip == block.hash


def test_what_is_too_far_ahead_is_told_now_and_then_however_often_it_comes(shelf: Shelf) -> None:
    block = shelf.block(limits.FUTURE_HELD_MS + MINUTE)
    for _ in range(3):
        for peer in range(20):
            shelf.hold(block, peer)
        shelf.pass_time(limits.HELD_LOOK_MS // 2)
    assert shelf.reports().count("too far ahead") == 2
