"""Whom the node dials because the operator named it, and when again."""

import random

from p2pchain.node.actions import Action, Dial, SaveAddresses
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import Address, ConnectionClosed, Direction, Now
from p2pchain.node.limits import REDIAL_FIRST_MS, REDIAL_MAX_MS
from p2pchain.node.parts import Parts
from p2pchain.node.peers import Peer, State
from p2pchain.node.reach import Reach
from p2pchain.node.remembered import KnownAddress
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role

ANN, BOB, EVE = (Address(f"192.0.2.{number}", 4343) for number in (1, 2, 3))
NOW = Now(0, 0)
SELF = Address("192.0.2.9", 4343)


class Desk:
    """Dialing, with time in a test's hands."""

    def __init__(self, *peers: Address, known: tuple[Address, ...] = ()) -> None:
        config = NodeConfig(
            network=simulated_network(),
            listen=SELF,
            peers=peers,
            addresses=tuple(KnownAddress(address, "192.0", 0) for address in known),
            outbound_max=len(known),
            mining=MiningMode.OFF,
            miner=bytes(32),
            agent="",
            node_id=bytes(16),
        )
        disk = Disk(config.network)
        self.parts = Parts(config, disk.restore(), disk, random.Random(1), NOW)
        self.dialing = self.parts.dialing

    def connected(self, address: Address) -> Peer:
        """A connection that was dialled."""
        peer = Peer(1, address, Direction.OUTBOUND, Connection(Role.PEER), 0)
        self.parts.peers.add(peer)
        return peer

    def acted(self, ticks_ms: int) -> list[Action]:
        """What is done at a moment."""
        self.parts.timers.run(Now(0, ticks_ms))
        self.dialing.settle(Now(0, ticks_ms))
        return self.parts.outbox.drain()

    def settle(self, ticks_ms: int) -> list[Address]:
        """Whom it dials at a moment."""
        return [action.address for action in self.acted(ticks_ms) if isinstance(action, Dial)]


def test_peers_by_hand_are_dialled_at_once_and_once() -> None:
    desk = Desk(ANN, BOB)
    assert desk.settle(0) == [ANN, BOB]
    assert desk.settle(1) == []
    assert desk.dialing.is_by_hand(ANN)
    assert not desk.dialing.is_by_hand(EVE)


def test_after_each_failure_it_waits_longer_but_never_gives_up() -> None:
    desk = Desk(ANN)
    moment, waits = 0, []
    for _ in range(30):
        assert desk.settle(moment) == [ANN]
        desk.dialing.failed(ANN, "gone", Now(0, moment))
        assert desk.settle(moment) == []
        wakes_at = desk.parts.timers.wakes_at()
        assert wakes_at is not None
        waits.append(wakes_at - moment)
        moment = wakes_at
    assert waits[:3] == [REDIAL_FIRST_MS, 2 * REDIAL_FIRST_MS, 4 * REDIAL_FIRST_MS]
    assert waits[-1] == REDIAL_MAX_MS


def test_a_handshake_makes_it_quick_again() -> None:
    desk = Desk(ANN)
    for moment in (0, REDIAL_MAX_MS):
        desk.settle(moment)
        desk.dialing.failed(ANN, "gone", Now(0, moment))
    desk.dialing.succeeded(ANN)
    desk.dialing.succeeded(EVE)
    desk.settle(2 * REDIAL_MAX_MS)
    desk.dialing.failed(ANN, "gone", Now(0, 2 * REDIAL_MAX_MS))
    assert desk.settle(2 * REDIAL_MAX_MS + REDIAL_FIRST_MS) == [ANN]


def test_a_failure_of_nobody_s_is_passed_over() -> None:
    desk = Desk()
    desk.dialing.failed(ANN, "gone", Now(0, 0))
    assert desk.settle(0) == []


def test_one_that_is_banned_is_not_dialled_until_it_is_let_in_again() -> None:
    desk = Desk(ANN)
    desk.parts.access.ban_by_operator(ANN.host, 60, NOW)
    assert desk.settle(0) == []
    desk.parts.bans.lift(ANN.host)
    desk.dialing.forgive(ANN.host)
    assert desk.settle(1) == [ANN]


def test_one_that_the_operator_adds_is_dialled_from_then_on() -> None:
    desk = Desk()
    desk.dialing.add(EVE)
    assert desk.settle(0) == [EVE]
    assert desk.dialing.is_by_hand(EVE)


def test_one_that_is_connected_already_is_not_dialled(stage: Stage) -> None:
    host = stage.host(peers=(Address("192.0.2.1", 4343),))
    friend = stage.stranger("192.0.2.1")
    friend.address = Address("192.0.2.1", 4343)
    friend.wait(1_000)
    friend.greet()
    assert host.node.status(host.now()).peers == 1


def test_what_the_operator_names_and_strikes_out_is_saved_at_once() -> None:
    desk = Desk()
    desk.dialing.add(EVE)
    assert [action.added for action in desk.acted(0) if isinstance(action, SaveAddresses)] == [(EVE,)]
    peer = desk.connected(EVE)
    assert desk.dialing.remove(EVE)
    assert peer.is_closing()
    assert [action.removed for action in desk.acted(0) if isinstance(action, SaveAddresses)] == [(EVE,)]
    assert not desk.dialing.wants(EVE)
    desk.dialing.failed(EVE, "gone", NOW)
    assert desk.settle(REDIAL_MAX_MS) == []


def test_what_nobody_knows_cannot_be_struck_out() -> None:
    desk = Desk(ANN)
    desk.connected(ANN)
    assert not desk.dialing.remove(EVE)
    assert not desk.parts.peers.all()[0].is_closing()


def test_an_address_that_gossip_found_becomes_the_operator_s_with_its_connection() -> None:
    desk = Desk(known=(BOB,))
    assert desk.settle(0) == [BOB]
    assert desk.dialing.wants(BOB)
    peer = desk.connected(BOB)
    desk.dialing.add(BOB)
    assert peer.by_hand
    assert desk.settle(1) == []
    desk.dialing.failed(BOB, "gone", NOW)
    assert desk.settle(REDIAL_FIRST_MS) == [BOB]


def test_an_address_that_gossip_found_is_dialled_no_more_once_it_is_struck_out() -> None:
    desk = Desk(known=(BOB,))
    assert desk.settle(0) == [BOB]
    assert desk.dialing.remove(BOB)
    assert desk.settle(REDIAL_MAX_MS) == []


def test_whom_the_operator_named_and_nobody_reaches_is_listed() -> None:
    desk = Desk(ANN, BOB)
    desk.connected(ANN).state = State.READY
    assert desk.dialing.waiting() == [(BOB, "not dialled yet")]
    desk.dialing.failed(BOB, "cannot be reached: connection refused", NOW)
    assert desk.dialing.waiting() == [(BOB, "cannot be reached: connection refused")]


def test_a_node_that_the_operator_gave_its_own_address_dials_it_ever_more_slowly(stage: Stage) -> None:
    host = stage.host(peers=(Address("10.0.0.1", 4343),))
    stage.world.run_until(10 * REDIAL_MAX_MS)
    told = sum("self_connection" in line for line in host.reports)
    assert 2 <= told <= 2 * 20
    assert host.node.status(host.now()).peers == 0


def test_a_wait_that_begins_later_and_ends_sooner_is_not_overslept() -> None:
    desk = Desk(ANN, BOB)
    desk.settle(0)
    for _ in range(10):
        desk.dialing.failed(ANN, "gone", NOW)
    assert desk.settle(0) == []
    desk.dialing.failed(BOB, "gone", Now(0, 5))
    assert desk.settle(5) == []
    assert desk.parts.timers.wakes_at() == 5 + REDIAL_FIRST_MS
    assert desk.settle(5 + REDIAL_FIRST_MS) == [BOB]


def test_one_whose_ban_has_ended_is_dialled_though_nothing_happens() -> None:
    desk = Desk(ANN)
    desk.parts.access.ban_by_operator(ANN.host, 60, NOW)
    assert desk.settle(0) == []
    assert desk.parts.timers.wakes_at() == REDIAL_MAX_MS
    later = Now(60_000, REDIAL_MAX_MS)
    assert desk.parts.timers.run(later) is Reach.ALL
    desk.dialing.settle(later)
    assert desk.parts.outbox.drain() == [Dial(ANN)]


def test_a_node_that_stops_looks_for_nobody_in_place_of_those_who_leave() -> None:
    desk = Desk(ANN, known=(BOB, EVE))
    (found,) = set(desk.settle(0)) - {ANN}
    desk.dialing.stop()
    desk.dialing.failed(ANN, "this node is stopping", Now(0, 0))
    desk.dialing.failed(found, "this node is stopping", Now(0, 0))
    assert desk.settle(REDIAL_MAX_MS) == []


def test_who_says_goodbye_to_all_dials_nobody_in_their_place(stage: Stage) -> None:
    host = stage.host(outbound_max=1)
    stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    host.node.say_goodbye()
    host.node._parts.addresses.book.hear(Address("198.51.100.1", 4343), "198.51", host.now())
    host.node.handle(ConnectionClosed(peer.connection, "this node is stopping"), host.now())
    assert not any(isinstance(action, Dial) for action in host.node.drain())
