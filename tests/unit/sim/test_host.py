"""A simulated machine: carries out what its node wants, loses what a crash loses, and keeps its own clock."""

import pytest

from p2pchain.node import events
from p2pchain.node.config import MiningMode
from p2pchain.node.events import Address, Event
from p2pchain.node.limits import BANS_SAVE_MS
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.world import EPOCH_MS
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.stop import Stop

WHILE_MS = 1_000


@pytest.fixture
def host(stage: Stage) -> Host:
    return stage.host()


def test_a_record_is_on_disk_before_it_is_acknowledged(stage: Stage, host: Host) -> None:
    record = stage.builder.record()
    host.submit(record)
    while not host.client.acknowledged:
        held = host.disk.holds(record.txid)
        stage.world.run_for(1)
        assert held or not host.client.acknowledged
    assert list(host.client.acknowledged) == [record.txid]


def test_a_crash_before_the_commit_loses_the_record_and_a_later_one_does_not(
    stage: Stage, host: Host
) -> None:
    lost, kept = stage.builder.record(), stage.builder.record()
    host.submit(lost)
    host.crash()
    host.boot()
    stage.world.run_for(WHILE_MS)
    assert host.disk.pending() == []
    host.submit(kept)
    stage.world.run_for(WHILE_MS)
    host.crash()
    host.boot()
    stage.world.run_for(WHILE_MS)
    assert host.disk.pending() == [kept]
    assert list(host.client.acknowledged) == [kept.txid]


def test_peers_hear_of_a_crash_and_not_of_a_power_cut(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    host.cut_power()
    friend.wait(WHILE_MS)
    assert not friend.closed
    host.boot()
    other = stage.friend(host)
    host.crash()
    other.wait(WHILE_MS)
    assert other.closed
    host.cut_power()


def test_nothing_happens_to_a_host_that_is_down(stage: Stage, host: Host) -> None:
    node = host.node
    host.crash()
    traced = stage.world.events
    host.post(events.TimePassed())
    host.submit(stage.builder.record())
    host.search_anew()
    stage.world.run_for(600_000)
    assert stage.world.events == traced
    with pytest.raises(AssertionError, match="the host is not running"):
        _ = host.node
    host.boot()
    assert host.node is not node


def test_each_start_is_another_node_to_its_peers(stage: Stage, host: Host) -> None:
    first = stage.friend(host)
    host.crash()
    host.boot()
    second = stage.friend(host)
    assert first.told(Hello)[0].node != second.told(Hello)[0].node


def test_its_clock_may_be_off_and_its_ticks_are_the_world_s(stage: Stage, host: Host) -> None:
    host.clock_ms = -90_000
    now = host.now()
    assert (now.wall_ms, now.ticks_ms) == (EPOCH_MS + stage.world.ticks_ms - 90_000, stage.world.ticks_ms)
    friend = stage.friend(host)
    (hello,) = friend.told(Hello)
    assert EPOCH_MS - 90_000 <= hello.time <= EPOCH_MS - 90_000 + stage.world.ticks_ms


def test_signatures_and_blocks_are_checked(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    for item in stage.builder.chain(stage.builder.genesis, [1, 0]):
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(WHILE_MS)
        assert host.tip == item.block.hash
    raw = bytearray(stage.builder.record().encode())
    raw[10] ^= 1
    friend.say(NewTx(transactions=(bytes(raw),), ack=False))
    friend.wait(2 * WHILE_MS)
    assert friend.farewell() == "invalid_signature"
    assert host.disk.pending() == []


def test_it_answers_in_time_and_wakes_by_itself(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    friend.say(Ping(nonce=3))
    friend.wait(200)
    assert friend.told(Pong) == [Pong(nonce=3)]
    friend.wait(600_000)
    assert friend.told(Ping)
    assert friend.farewell() == "silent"


def test_what_it_was_told_to_remember_it_knows_after_a_start(stage: Stage, host: Host) -> None:
    other = stage.host(number=2)
    host.ask(AddPeer(address=str(other.address)))
    stage.world.run_for(WHILE_MS)
    assert stage.links.neighbours(host) == [other]
    host.crash()
    host.boot()
    stage.world.run_for(5 * WHILE_MS)
    assert stage.links.neighbours(host) == [other]


def test_a_ban_outlives_a_start(stage: Stage, host: Host) -> None:
    stranger = stage.stranger()
    for _ in range(2):
        stranger.dial(host)
        stranger.greet()
        stranger.say_bytes(b"\xff" * 100)
        stranger.wait(BANS_SAVE_MS + WHILE_MS)
        host.crash()
        host.boot()
    assert stranger.farewell().endswith("banned")


def test_it_mines_with_its_power_and_more_of_it_helps(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    host.power.mean_search_ms = 1e12
    host.submit(stage.builder.record())
    stage.world.run_for(10 * WHILE_MS)
    assert host.disk.blocks() == []
    host.power.mean_search_ms = 100
    host.search_anew()
    assert stage.world.run_until_true(lambda: bool(host.disk.blocks()), 10 * WHILE_MS)


def test_a_full_disk_is_reported_and_nothing_is_acknowledged(stage: Stage, host: Host) -> None:
    host.disk_full = True
    host.submit(stage.builder.record())
    stage.world.run_for(WHILE_MS)
    assert host.client.acknowledged == {}
    assert any("disk" in line for line in host.reports)
    assert host.storage.queued <= 1


def test_a_follower_hears_of_all_events_over_starts(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    host.submit(stage.builder.record())
    assert stage.world.run_until_true(lambda: len(host.disk.blocks()) == 1, 60_000)
    host.follow()
    stage.world.run_for(WHILE_MS)
    assert host.client.chain == [host.tip]
    host.crash()
    host.follow()
    host.boot()
    host.submit(stage.builder.record())
    assert stage.world.run_until_true(lambda: len(host.disk.blocks()) == 2, 60_000)
    stage.world.run_for(WHILE_MS)
    assert host.client.chain == [block.hash for block in host.disk.blocks()]
    assert host.client.gaps == []


def test_a_watch_is_told_of_its_events_and_of_no_others(stage: Stage, host: Host) -> None:
    seen: list[tuple[Host, Event]] = []
    host.watches[events.PendingStored] = lambda *watched: seen.append(watched)
    host.submit(stage.builder.record())
    stage.world.run_for(WHILE_MS)
    ((watched, event),) = seen
    assert watched is host
    assert isinstance(event, events.PendingStored)


def test_it_ends_when_it_is_asked_to(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    host.ask(Stop())
    friend.wait(2 * WHILE_MS)
    assert not host.running
    assert friend.closed


def test_what_happens_counts_in_the_world_s_digest(stage: Stage) -> None:
    other = Stage()
    for each in (stage, other):
        each.host()
    assert stage.world.digest == other.world.digest
    assert stage.world.events > 0
    address = Address("192.0.2.9", 1)
    other.links.dial(other.stranger(), address)
    host = other.host(number=2)
    host.post(events.DialFailed(address, "why"))
    assert stage.world.digest != other.world.digest
