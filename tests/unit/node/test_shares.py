"""Shares of bodies: how many a peer is asked for, and what becomes of those of a peer that is late."""

from dataclasses import replace

import pytest

from p2pchain.node.actions import Send, StagedBlock
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.limits import (
    BLOCK_LATE_MS,
    BLOCK_TIMEOUT_MAX_MS,
    BLOCK_TIMEOUT_MS,
    BLOCKS_IN_FLIGHT_FIRST,
    BLOCKS_IN_FLIGHT_PER_PEER,
)
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.shares import Shares
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.hello import Hello

from .sources import Source, height

A, B, C = (bytes([number]) * 32 for number in range(3))
HONEST = Hello(
    protocol=1,
    network=bytes(32),
    agent="x",
    node=bytes(16),
    listen=1,
    height=0,
    tip=bytes(32),
    work=bytes(32),
    time=0,
)


def at(ticks_ms: int) -> Now:
    return Now(1_700_000_000_000 + ticks_ms, ticks_ms)


class Table:
    """Peers, and what is asked of them."""

    def __init__(self, count: int) -> None:
        self.outbox = Outbox()
        self.peers = Peers(self.outbox)
        self.shares = Shares(self.peers)
        self.seats = [
            Peer(number, Address(f"192.0.2.{number}", 1), Direction.OUTBOUND, Connection(Role.PEER), 0)
            for number in range(1, count + 1)
        ]
        for peer in self.seats:
            peer.state = State.READY
            peer.hello = HONEST
            self.peers.add(peer)


def test_what_is_asked_is_sent_in_order_and_noted() -> None:
    table = Table(1)
    (peer,) = table.seats
    assert table.shares.room(peer, at(0)) == BLOCKS_IN_FLIGHT_FIRST
    table.shares.ask(peer, [B, A], at(0))
    assert table.outbox == [Send(1, encode(GetBlocks(hashes=(B, A))))]
    assert A in table.shares
    assert C not in table.shares
    assert len(table.shares) == 2
    assert table.shares.room(peer, at(0)) == BLOCKS_IN_FLIGHT_FIRST - 2


def test_a_share_grows_with_what_is_sound_up_to_a_bound() -> None:
    table = Table(1)
    (peer,) = table.seats
    for _ in range(BLOCKS_IN_FLIGHT_PER_PEER):
        table.shares.ask(peer, [A], at(0))
        table.shares.arrived(peer, A, at(0))
        table.shares.grow(peer)
    assert table.shares.room(peer, at(0)) == BLOCKS_IN_FLIGHT_PER_PEER
    assert len(table.shares) == 0


def test_what_finds_room_is_reckoned_by_the_largest_that_came_lately_and_by_what_is_awaited() -> None:
    table = Table(1)
    shares = table.shares
    assert shares.fitting(10_000) > 64
    shares.weigh(1_000)
    shares.weigh(10)
    assert shares.fitting(10_000) == 10_000 // 875
    shares.ask(table.seats[0], [A, B], at(0))
    assert shares.fitting(10_000) == 10_000 // 875 - 2
    for _ in range(60):
        shares.weigh(10)
    assert shares.fitting(10_000) == 10_000 // 10 - 2
    shares.weigh(1_000)
    assert shares.fitting(1_000) < 0
    for _ in range(60):
        shares.weigh(0)
    assert shares.fitting(100) == 98


def test_what_is_lacked_is_asked_of_it_no_more_and_counts_once() -> None:
    table = Table(2)
    one, other = table.seats
    table.shares.ask(one, [A], at(0))
    table.shares.ask(other, [A], at(0))
    table.shares.refused(one, A)
    table.shares.refused(one, A)
    assert one.lacks == {A}
    assert A in table.shares
    table.shares.release(other)
    assert A not in table.shares


def test_who_sends_nothing_in_time_loses_its_share_and_rests_twice_as_long_each_time() -> None:
    table = Table(1)
    (peer,) = table.seats
    moment = 0
    for rest_ms in (2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 64_000):
        table.shares.ask(peer, [A], at(moment))
        moment += rest_ms
        assert not table.shares.take_from_stalled(at(moment - 1))
        assert table.shares.take_from_stalled(at(moment))
        assert A not in table.shares
        assert A in peer.lacks
        assert table.shares.room(peer, at(moment + rest_ms - 1)) == 0
        moment += rest_ms
        assert table.shares.room(peer, at(moment)) >= 1
    assert peer.blocks_patience_ms == BLOCK_TIMEOUT_MAX_MS
    table.shares.ask(peer, [A], at(moment))
    table.shares.arrived(peer, A, at(moment))
    assert peer.blocks_patience_ms < BLOCK_TIMEOUT_MAX_MS


def test_who_is_asked_for_more_gets_no_more_time_for_the_first() -> None:
    table = Table(1)
    (peer,) = table.seats
    table.shares.ask(peer, [A], at(0))
    table.shares.ask(peer, [B], at(BLOCK_TIMEOUT_MS - 1))
    assert table.shares.take_from_stalled(at(BLOCK_TIMEOUT_MS))
    assert peer.lacks == {A, B}


def test_who_is_in_the_middle_of_a_body_keeps_its_share_while_it_goes_on_but_not_for_ever() -> None:
    table = Table(1)
    (peer,) = table.seats
    table.shares.ask(peer, [A, B], at(0))
    begun = encode(HONEST) + encode(BlockMessage(block=bytes(500)))[:100]
    assert len(list(peer.wire.receive(begun))) == 1
    for ticks_ms in range(0, BLOCK_TIMEOUT_MAX_MS, BLOCK_TIMEOUT_MS - 1):
        peer.heard_ms = ticks_ms
        assert not table.shares.take_from_stalled(at(ticks_ms))
    assert table.shares.take_from_stalled(at(BLOCK_TIMEOUT_MAX_MS))
    table.shares.ask(peer, [A], at(BLOCK_TIMEOUT_MAX_MS))
    assert not table.shares.take_from_stalled(at(peer.heard_ms + peer.blocks_patience_ms - 1))
    assert table.shares.take_from_stalled(at(BLOCK_TIMEOUT_MAX_MS + peer.blocks_patience_ms))


def test_over_a_slow_line_each_body_is_sent_once(stage: Stage) -> None:
    stage.network = replace(stage.network, max_block_bytes=2**18, max_transaction_bytes=2**17)
    stage.builder = ChainBuilder(stage.network, 1)
    slow, parent = stage.host(number=2), stage.builder.genesis
    staged: list[StagedBlock] = []
    for _ in range(12):
        parent, block = stage.builder.block(parent, [stage.builder.record(bytes(100_000))])
        staged.append(StagedBlock(block, parent.work, parent.chain_time))
    slow.crash()
    slow.disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    slow.boot()
    stage.links.slow_down(slow, 40)  # two and a half seconds a block
    host = stage.host(peers=(slow.address,))
    assert stage.world.run_until_true(lambda: height(host) == 12, 60_000)
    assert stage.links.bytes_sent[slow.address.host] < 12 * 101_000


def test_who_is_leaving_loses_its_share_at_once() -> None:
    table = Table(1)
    (peer,) = table.seats
    table.shares.ask(peer, [A], at(0))
    peer.state = State.CLOSING
    assert table.shares.take_from_stalled(at(1))
    assert A not in table.shares


def test_a_body_is_late_where_nothing_comes_or_others_are_idle() -> None:
    table = Table(2)
    one, other = table.seats
    table.shares.ask(one, [A], at(0))
    assert table.shares.late(at(BLOCK_LATE_MS - 1), idle=True) == set()
    assert table.shares.late(at(BLOCK_LATE_MS), idle=False) == {A}
    one.heard_ms = 1
    assert table.shares.late(at(BLOCK_LATE_MS), idle=False) == set()
    assert table.shares.late(at(BLOCK_LATE_MS), idle=True) == {A}
    table.shares.ask(other, [A], at(BLOCK_LATE_MS))
    assert table.shares.late(at(BLOCK_LATE_MS), idle=True) == set()


@pytest.mark.parametrize(("round_trip_ms", "late_ms"), [(600, 1_200), (90_000, BLOCK_TIMEOUT_MS)])
def test_who_is_far_away_is_given_two_round_trips_but_not_for_ever(round_trip_ms: int, late_ms: int) -> None:
    table = Table(1)
    (peer,) = table.seats
    peer.round_trip_ms = round_trip_ms
    table.shares.ask(peer, [A], at(0))
    assert table.shares.late(at(late_ms - 1), idle=True) == set()
    assert table.shares.late(at(late_ms), idle=True) == {A}


def test_of_two_that_are_asked_the_one_that_is_late_rests() -> None:
    table = Table(3)
    one, other, third = table.seats
    table.shares.ask(one, [A, B], at(0))
    table.shares.ask(third, [C], at(0))
    table.shares.ask(other, [A, B], at(BLOCK_LATE_MS))
    for each in (A, B):
        table.shares.arrived(other, each, at(BLOCK_LATE_MS + 10))
    assert one.asked_blocks == set()
    assert one.rests_until_ms == BLOCK_LATE_MS + 10 + BLOCK_TIMEOUT_MS
    assert one.blocks_share == BLOCKS_IN_FLIGHT_FIRST // 4
    assert third.rests_until_ms == 0


def test_who_was_asked_twice_and_is_in_time_does_not_rest() -> None:
    table = Table(2)
    one, other = table.seats
    table.shares.ask(one, [A], at(0))
    table.shares.ask(other, [A], at(BLOCK_LATE_MS))
    table.shares.arrived(one, A, at(BLOCK_LATE_MS + 10))
    assert other.asked_blocks == set()
    assert other.rests_until_ms == 0
    assert len(table.shares) == 0


def test_a_body_that_comes_when_others_are_asked_frees_them() -> None:
    table = Table(2)
    one, other = table.seats
    table.shares.ask(one, [A], at(0))
    table.shares.take_from_stalled(at(BLOCK_TIMEOUT_MS))
    table.shares.ask(other, [A], at(BLOCK_TIMEOUT_MS))
    table.shares.arrived(one, A, at(BLOCK_TIMEOUT_MS + 10))
    assert other.asked_blocks == set()
    assert A not in table.shares


def test_who_sends_again_what_it_had_said_it_lacks_holds_nobody_up(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 4)
    liar = Source(stage, host, staged)
    last = staged[-1].block
    liar.stranger.say(BlockMessage(hash=last.hash, missing=True))

    def again() -> None:
        liar.stranger.say(BlockMessage(block=last.encode()))
        stage.world.call_later(BLOCK_LATE_MS // 5, again)

    again()
    honest = Source(stage, host, staged)
    while stage.world.ticks_ms < 10 * BLOCK_TIMEOUT_MS:
        honest.serve()
    assert height(host) == 4
