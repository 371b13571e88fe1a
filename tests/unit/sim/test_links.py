"""The network of a world: who reaches whom, what is carried and when, and what each side hears of an end."""

import pytest

from p2pchain.net.transport import WRITE_HIGH_BYTES, WRITE_MAX_BYTES
from p2pchain.node.events import (
    Address,
    ConnectionOpened,
    DialFailed,
    Direction,
    WritesPaused,
    WritesResumed,
)
from p2pchain.sim.links import CLOSE_TIMEOUT_MS, DIAL_TIMEOUT_MS, LATENCY_MS

from .places import SOON_MS, Net


@pytest.fixture
def net() -> Net:
    return Net()


def test_a_connection_has_two_ends_with_numbers_of_their_own(net: Net) -> None:
    (out,), (in_,) = net.one.events, net.other.events
    assert isinstance(out, ConnectionOpened)
    assert isinstance(in_, ConnectionOpened)
    assert (out.address, out.direction) == (net.other.address, Direction.OUTBOUND)
    assert (in_.address.host, in_.direction) == (net.one.address.host, Direction.INBOUND)
    net.connect(net.third, net.other)
    numbers = [
        event.connection
        for place in (net.one, net.other, net.third)
        for event in place.told(ConnectionOpened)
    ]
    assert len(set(numbers)) == 4
    assert net.links.neighbours(net.other) == [net.one, net.third]
    assert net.links.far_end(net.one, net.one.connection) is net.other
    assert net.links.far_end(net.third, net.one.connection) is None


def test_what_is_sent_arrives_in_order_at_the_other_end_alone(net: Net) -> None:
    net.connect(net.third, net.other)
    sent = [number.to_bytes(4, "big") for number in range(50)]
    for data in sent:
        net.links.send(net.one, net.one.connection, data)
    net.links.send(net.third, net.one.connection, b"not its own")
    assert net.other.received == b""
    net.world.run_for(SOON_MS)
    assert net.other.received == b"".join(sent)
    assert net.third.received == b""
    assert net.links.bytes_sent == {net.one.address.host: 200}
    assert net.links.bytes_carried == 200


def test_a_connection_takes_as_long_as_was_drawn_for_it_and_no_two_the_same() -> None:
    times = set()
    for seed in range(20):
        net = Net(seed)
        begun_ms = net.world.ticks_ms
        net.links.send(net.one, net.one.connection, b"x")
        assert net.world.run_until_true(lambda net=net: bool(net.other.received), SOON_MS, 1)  # type: ignore[misc]  # bound now
        times.add(net.world.ticks_ms - begun_ms)
    assert LATENCY_MS[0] <= min(times) < max(times) <= 2 * LATENCY_MS[1]
    assert len(times) > 8


def test_a_slow_host_slows_its_connections_both_ways(net: Net) -> None:
    net.links.slow_down(net.other, 10.0)
    for sender, reader in ((net.one, net.other), (net.other, net.one)):
        net.send(sender, bytes(5_000), 400)
        net.send(sender, b"end", 0)
        assert not reader.received.endswith(b"end")
        net.world.run_for(400)
        assert reader.received.endswith(b"end")
    net.links.slow_down(net.other, 1e6)
    net.send(net.one, bytes(5_000))
    assert len(net.other.received) == 10_003


def test_who_does_not_listen_refuses_soon_and_who_cannot_be_reached_late(net: Net) -> None:
    nowhere = Address("10.9.9.9", 1)
    net.other.running = False
    for address in (nowhere, net.other.address):
        net.links.dial(net.third, address)
    net.world.run_for(SOON_MS)
    refused = {DialFailed(address, "connection refused") for address in (nowhere, net.other.address)}
    assert set(net.third.told(DialFailed)) == refused
    net.links.cut(net.third, net.one)
    net.links.dial(net.third, net.one.address)
    net.world.run_for(DIAL_TIMEOUT_MS - 1)
    assert len(net.third.told(DialFailed)) == 2
    net.world.run_for(1)
    assert net.third.told(DialFailed)[-1] == DialFailed(net.one.address, "no answer")


def test_who_dialled_and_crashed_meanwhile_hears_nothing(net: Net) -> None:
    net.links.dial(net.third, net.other.address)
    net.links.crash(net.third)
    net.world.run_for(SOON_MS)
    net.links.dial(net.third, net.other.address)
    net.third.running = False
    net.world.run_for(SOON_MS)
    assert net.third.events == []


def test_a_link_that_is_cut_breaks_what_is_on_its_way_and_both_hear_of_it(net: Net) -> None:
    net.links.send(net.one, net.one.connection, b"lost")
    net.links.cut(net.one, net.other)
    net.world.run_for(SOON_MS)
    assert net.other.received == b""
    assert net.one.ends == net.other.ends == ["the link was cut"]
    assert net.links.neighbours(net.one) == []
    net.links.release(net.other, net.one)
    net.connect(net.one, net.other)
    net.send(net.one, b"there")
    assert net.other.received == b"there"


def test_a_clogged_link_carries_nothing_and_tells_neither(net: Net) -> None:
    net.links.clog(net.one, net.other)
    net.send(net.one, b"late", 60_000)
    net.send(net.other, b"later")
    assert net.other.received == net.one.received == b""
    assert net.links.longest_queue(net.one) == 4
    net.links.release(net.one, net.other)
    net.world.run_for(SOON_MS)
    assert net.other.received == b"late"
    assert net.one.received == b"later"
    assert net.one.ends == net.other.ends == []


@pytest.mark.parametrize("silently", [True, False])
def test_a_parted_network_carries_within_its_parts_alone(net: Net, *, silently: bool) -> None:
    net.connect(net.third, net.other)
    lonely = net.one.address.host
    net.links.part(lambda here, there: lonely not in (here, there), silently=silently)
    net.send(net.one, b"from one")
    net.send(net.third, b"from third")
    assert net.other.received == b"from third"
    assert net.one.ends == ([] if silently else ["the network was parted"])
    net.links.dial(net.third, net.one.address)
    net.world.run_for(DIAL_TIMEOUT_MS)
    assert net.third.told(DialFailed) == [DialFailed(net.one.address, "no answer")]
    net.links.heal()
    net.world.run_for(SOON_MS)
    assert net.other.received == b"from third" + (b"from one" if silently else b"")
    net.connect(net.third, net.one)
    assert net.links.neighbours(net.one)[-1] is net.third


def test_a_link_of_both_kinds_of_cuts_flows_when_both_are_gone(net: Net) -> None:
    net.links.clog(net.one, net.other)
    net.links.part(lambda _here, _there: False, silently=True)
    net.send(net.one, b"late")
    net.links.release(net.one, net.other)
    net.world.run_for(SOON_MS)
    assert net.other.received == b""
    net.links.heal()
    net.world.run_for(SOON_MS)
    assert net.other.received == b"late"


def test_an_end_that_is_left_half_open_learns_of_it_when_it_speaks(net: Net) -> None:
    net.links.strand(net.one, net.other)
    net.world.run_for(60_000)
    assert (net.one.ends, net.other.ends) == (["reset"], [])
    assert net.links.neighbours(net.other) == [net.one]
    net.links.heal()
    net.send(net.other, b"anybody there?")
    assert net.one.received == b""
    assert net.other.ends == ["reset"]


def test_half_open_ends_of_hosts_that_cannot_be_reached_stay_so(net: Net) -> None:
    net.links.crash(net.one, silently=True)
    net.one.running = False
    net.send(net.other, b"anybody there?", 60_000)
    assert net.other.ends == []
    net.one.running = True
    net.links.clog(net.one, net.other)
    net.send(net.other, b"anybody there?", 60_000)
    assert net.other.ends == []


def test_a_crash_is_heard_of_and_a_power_cut_is_not(net: Net) -> None:
    net.connect(net.third, net.other)
    net.other.running = False
    net.links.crash(net.other)
    net.world.run_for(SOON_MS)
    assert net.one.ends == net.third.ends == ["the host crashed"]
    assert net.other.ends == []
    net.other.running = True
    net.connect(net.one, net.other)
    net.links.crash(net.other, silently=True)
    net.world.run_for(SOON_MS)
    assert len(net.one.ends) == 1
    assert net.links.neighbours(net.one) == [net.other]


def test_a_connection_closes_when_what_was_sent_has_arrived(net: Net) -> None:
    net.links.slow_down(net.one, 1_000.0)
    net.links.send(net.one, net.one.connection, bytes(200_000))
    net.links.close(net.third, net.one.connection, "not its own")
    net.links.close(net.one, net.one.connection, "done")
    net.world.run_for(150)
    assert net.one.ends == net.other.ends == []
    net.world.run_for(SOON_MS)
    assert len(net.other.received) == 200_000
    assert net.one.ends == net.other.ends == ["done"]


def test_a_connection_that_is_stuck_closes_after_a_second(net: Net) -> None:
    net.links.clog(net.one, net.other)
    net.links.send(net.one, net.one.connection, b"never")
    net.links.close(net.one, net.one.connection, "done")
    net.world.run_for(CLOSE_TIMEOUT_MS - 1)
    assert net.one.ends == []
    net.world.run_for(1)
    assert net.one.ends == net.other.ends == ["done"]
    assert net.other.received == b""


def test_what_arrives_at_a_host_that_is_down_is_lost(net: Net) -> None:
    net.other.running = False
    net.send(net.one, b"nobody there")
    assert net.other.received == b""


def test_a_power_cut_while_a_connection_closes_is_not_heard_of(net: Net) -> None:
    net.links.clog(net.one, net.other)
    net.links.send(net.one, net.one.connection, b"never")
    net.links.close(net.one, net.one.connection, "done")
    net.links.crash(net.one, silently=True)
    net.world.run_for(2 * CLOSE_TIMEOUT_MS)
    assert net.other.ends == []


def test_who_does_not_read_makes_the_sender_wait_and_at_last_loses_the_connection(net: Net) -> None:
    net.links.pause_reading(net.other, net.other.connection)
    net.links.pause_reading(net.third, net.one.connection)
    net.send(net.one, bytes(WRITE_HIGH_BYTES))
    net.send(net.one, bytes(WRITE_HIGH_BYTES))
    assert net.one.told(WritesPaused) == [WritesPaused(net.one.connection)]
    assert net.other.received == b""
    assert net.links.longest_queue(net.one) > WRITE_HIGH_BYTES
    assert net.links.longest_queue(net.third) == 0
    net.links.resume_reading(net.third, net.one.connection)
    net.links.resume_reading(net.third, net.other.connection)
    net.world.run_for(1_000)
    assert net.other.received == b""
    net.links.resume_reading(net.other, net.other.connection)
    net.world.run_for(1_000)
    assert net.one.told(WritesResumed) == [WritesResumed(net.one.connection)]
    assert len(net.other.received) == 2 * WRITE_HIGH_BYTES

    net.links.pause_reading(net.other, net.other.connection)
    net.send(net.one, bytes(WRITE_MAX_BYTES))
    assert net.one.ends == []
    net.send(net.one, bytes(WRITE_HIGH_BYTES))
    assert "bytes wait to be read by the other side" in net.one.ends[0]
    assert net.other.ends == net.one.ends
