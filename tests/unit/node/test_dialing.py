"""Whom the node dials, and when again."""

import random

from p2pchain.node.access import Access
from p2pchain.node.actions import Action, Dial
from p2pchain.node.addresses import Addresses
from p2pchain.node.bans import Bans
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.dialing import Dialing
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import GOSSIP_TRIES, REDIAL_FIRST_MS, REDIAL_MAX_MS
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers
from p2pchain.node.timers import Timers
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.stage import Stage

ANN, BOB, EVE = (Address(f"192.0.2.{number}", 4343) for number in (1, 2, 3))
NOW = Now(0, 0)
SELF = Address("192.0.2.9", 4343)


class Desk:
    """Dialing, with time in a test's hands."""

    def __init__(
        self, peers: tuple[Address, ...], known: tuple[Address, ...] = (), outbound_max: int = 0
    ) -> None:
        config = NodeConfig(
            network=simulated_network(),
            listen=SELF,
            peers=peers,
            addresses=known,
            outbound_max=outbound_max,
            mining=MiningMode.OFF,
            miner=bytes(32),
            agent="",
            node_id=bytes(16),
        )
        self.outbox = Outbox()
        self.timers = Timers()
        connections = Peers(self.outbox)
        named = Named(peers)
        self.bans = Bans(self.outbox, self.timers, (), NOW)
        self.access = Access(connections, named, self.bans)
        self.book = Addresses(connections, named, self.outbox, self.timers, random.Random(1), known)
        self.dialing = Dialing(config, named, connections, self.access, self.book, self.outbox, self.timers)

    def settle(self, ticks_ms: int) -> list[Address]:
        """Whom it dials at a moment."""
        self.timers.run(Now(0, ticks_ms))
        self.dialing.settle(Now(0, ticks_ms))
        actions: list[Action] = self.outbox.drain()
        return [action.address for action in actions if isinstance(action, Dial)]


def test_peers_by_hand_are_dialled_at_once_and_once() -> None:
    desk = Desk((ANN, BOB))
    assert desk.settle(0) == [ANN, BOB]
    assert desk.settle(1) == []
    assert desk.dialing.is_by_hand(ANN)
    assert not desk.dialing.is_by_hand(EVE)


def test_after_each_failure_it_waits_longer_but_never_gives_up() -> None:
    desk = Desk((ANN,))
    moment, waits = 0, []
    for _ in range(30):
        assert desk.settle(moment) == [ANN]
        desk.dialing.failed(ANN, Now(0, moment))
        assert desk.settle(moment) == []
        wakes_at = desk.timers.wakes_at()
        assert wakes_at is not None
        waits.append(wakes_at - moment)
        moment = wakes_at
    assert waits[:3] == [REDIAL_FIRST_MS, 2 * REDIAL_FIRST_MS, 4 * REDIAL_FIRST_MS]
    assert waits[-1] == REDIAL_MAX_MS


def test_a_handshake_makes_it_quick_again() -> None:
    desk = Desk((ANN,))
    for moment in (0, REDIAL_MAX_MS):
        desk.settle(moment)
        desk.dialing.failed(ANN, Now(0, moment))
    desk.dialing.succeeded(ANN)
    desk.dialing.succeeded(EVE)
    desk.settle(2 * REDIAL_MAX_MS)
    desk.dialing.failed(ANN, Now(0, 2 * REDIAL_MAX_MS))
    assert desk.settle(2 * REDIAL_MAX_MS + REDIAL_FIRST_MS) == [ANN]


def test_others_are_found_by_gossip_up_to_a_number_but_never_itself() -> None:
    desk = Desk((ANN,), known=(SELF, BOB, EVE), outbound_max=1)
    assert desk.settle(0) == [ANN, BOB]


def test_an_address_where_nobody_is_ever_met_is_forgotten_for_another() -> None:
    desk = Desk((), known=(BOB, EVE), outbound_max=1)
    moment = 0
    for _ in range(GOSSIP_TRIES + 1):
        assert desk.settle(moment) == [BOB]
        desk.dialing.failed(BOB, Now(0, moment))
        moment += REDIAL_MAX_MS
    assert desk.settle(moment) == [EVE]
    assert desk.book.known() == [EVE]


def test_a_failure_of_nobody_s_is_passed_over() -> None:
    desk = Desk(())
    desk.dialing.failed(ANN, Now(0, 0))
    assert desk.settle(0) == []


def test_one_that_is_banned_is_not_dialled_until_it_is_let_in_again() -> None:
    desk = Desk((ANN,))
    desk.access.ban_by_operator(ANN.host, 60, NOW)
    assert desk.settle(0) == []
    desk.bans.lift(ANN.host)
    desk.dialing.forgive(ANN.host)
    assert desk.settle(1) == [ANN]


def test_one_that_the_operator_adds_is_dialled_from_then_on() -> None:
    desk = Desk(())
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
