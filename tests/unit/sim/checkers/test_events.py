"""A gap in the numbered events is found, on disk and at a subscriber, and events that do not give the chain."""

import msgpack
import pytest

from p2pchain.node.ports import StoredEvent
from p2pchain.sim.checkers.events import EventsAreWhole, check_events
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding


@pytest.fixture
def followed() -> Cluster:
    """Two hosts that agree, one with a subscriber."""
    cluster = Cluster(1, 2)
    cluster.hosts[0].follow()
    cluster.submit(1, "one")
    assert cluster.run_until_agreed()
    cluster.world.run_for(1_000)
    assert cluster.hosts[0].client.chain
    return cluster


def add(cluster: Cluster, kind: str, **data: object) -> None:
    cluster.hosts[0].disk._record(kind, data)


def test_whole_events_are_left_in_peace(followed: Cluster) -> None:
    checker = EventsAreWhole(followed)
    for host in followed.hosts:
        checker.look(host)
    checker.finish()


def test_a_gap_that_a_subscriber_was_told_of_is_found(followed: Cluster) -> None:
    followed.hosts[0].client.gaps.append("event 3 after event 1")
    with pytest.raises(Finding, match="a subscriber was told event 3 after event 1"):
        EventsAreWhole(followed).look(followed.hosts[0])
    with pytest.raises(Finding, match="a subscriber was told"):
        EventsAreWhole(followed).finish()


def test_a_subscriber_that_was_not_told_of_a_block_is_found(followed: Cluster) -> None:
    host = followed.hosts[0]
    host.client.chain.pop()
    with pytest.raises(
        Finding, match=f"told of 0 blocks up to event {host.disk.last_event}, the chain has 1"
    ):
        EventsAreWhole(followed).finish()
    host.crash()
    EventsAreWhole(followed).finish()


def test_event_numbers_with_a_gap_are_found(followed: Cluster) -> None:
    del followed.hosts[1].disk._events[0]
    with pytest.raises(Finding, match=r"EventsAreWhole: 20\.1\.0\.1:4343: event numbers have a gap"):
        EventsAreWhole(followed).finish()


def test_a_block_undone_that_is_not_the_tip_is_found(followed: Cluster) -> None:
    number = followed.hosts[0].disk.last_event + 1
    add(followed, "undone", hash=bytes(32))
    with pytest.raises(Finding, match=f"event {number} undoes a block that is not the tip"):
        check_events(followed.hosts[0])


def test_a_block_undone_before_any_was_connected_is_found(followed: Cluster) -> None:
    undone = StoredEvent(1, "undone", msgpack.packb({"hash": bytes(32)}))
    followed.hosts[0].disk._events[:] = [undone]
    with pytest.raises(Finding, match="event 1 undoes a block that is not the tip"):
        check_events(followed.hosts[0])


def test_events_that_do_not_give_the_chain_are_found(followed: Cluster) -> None:
    tip = followed.hosts[0].tip
    add(followed, "undone", hash=tip)
    with pytest.raises(Finding, match="the events folded do not give the chain"):
        check_events(followed.hosts[0])
    add(followed, "connected", hash=tip)
    check_events(followed.hosts[0])
