"""Which of the book's addresses are dialled."""

import random

import pytest

from p2pchain.errors import OrderError
from p2pchain.node.actions import Close, Dial
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.limits import GOSSIP_DIAL_EVERY_MS, GOSSIP_LOOK_EVERY_MS, GOSSIP_TRIES, REDIAL_MAX_MS
from p2pchain.node.parts import Parts
from p2pchain.node.peers import Peer, State
from p2pchain.node.remembered import Ban
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.wire.connection import Connection, Role

SELF = Address("192.0.2.9", 4343)
NEAR = [Address(f"20.0.0.{number}", 4343) for number in range(1, 9)]
FAR = [Address(f"{30 + number}.0.0.1", 4343) for number in range(8)]


class Desk:
    """Finding, with time and connections in a test's hands."""

    def __init__(self, outbound_max: int, *peers: Address, bans: tuple[Ban, ...] = (), seed: int = 1) -> None:
        config = NodeConfig(
            network=simulated_network(),
            listen=SELF,
            peers=peers,
            addresses=(),
            outbound_max=outbound_max,
            mining=MiningMode.OFF,
            miner=bytes(32),
            agent="",
            node_id=bytes(16),
            bans=bans,
        )
        disk = Disk(config.network)
        self.parts = Parts(config, disk.restore(), disk, random.Random(seed), Now(1, 0))
        self.ticks_ms = 0
        self.open: dict[Address, Peer] = {}

    @property
    def now(self) -> Now:
        return Now(1 + self.ticks_ms, self.ticks_ms)

    def hear(self, *addresses: Address) -> None:
        for number, address in enumerate(addresses):
            self.parts.addresses.book.hear(address, f"{100 + number}.0", self.now)

    def dialled(self, ms: int = 10_000) -> list[Address]:
        """Whom it dials in a time, looking only when it asked to be woken."""
        end_ms, found = self.ticks_ms + ms, []
        while self.ticks_ms <= end_ms:
            self.parts.timers.run(self.now)
            self.parts.dialing.settle(self.now)
            found += [action.address for action in self.parts.outbox.drain() if isinstance(action, Dial)]
            self.ticks_ms = min(self.parts.timers.wakes_at() or end_ms + 1, end_ms + 1)
        return found

    def answer(self, address: Address) -> Peer:
        """Let a dialled address answer."""
        peer = Peer(len(self.open), address, Direction.OUTBOUND, Connection(Role.PEER), 0, State.READY)
        self.open[address] = peer
        self.parts.peers.add(peer)
        self.parts.dialing.succeeded(address)
        return peer


def test_others_are_found_up_to_a_number_one_after_the_other() -> None:
    desk = Desk(3)
    desk.hear(*FAR)
    assert len(desk.dialled(0)) == 1
    assert len(desk.dialled(GOSSIP_DIAL_EVERY_MS)) == 1
    assert len(desk.dialled()) == 1


def test_nobody_is_looked_for_where_nobody_is_wanted() -> None:
    desk = Desk(0)
    desk.hear(*FAR)
    desk.parts.dialing._finding.settle(set(), desk.now)
    assert desk.dialled() == []
    assert desk.parts.timers.wakes_at() is None


def test_what_is_heard_later_is_dialled_at_once() -> None:
    desk = Desk(2)
    assert desk.dialled() == []
    desk.hear(FAR[0])
    assert desk.dialled(0) == [FAR[0]]


def test_neither_itself_nor_whom_the_operator_decided_about_is_found() -> None:
    desk = Desk(8, FAR[0], bans=(Ban(FAR[2].host, 10**9, "unasked"),))
    desk.hear(SELF, *FAR[:5])
    desk.parts.dialing.remove(FAR[1])
    faulty = Peer(7, FAR[3], Direction.INBOUND, Connection(Role.PEER), 0)
    desk.parts.access.dismiss(faulty, OrderError("order", "chaos"), desk.now)
    desk.hear(FAR[3])
    assert desk.dialled() == [FAR[0], FAR[4]]


@pytest.mark.parametrize("seed", range(10))
def test_no_two_are_in_one_group_while_there_are_others(seed: int) -> None:
    desk = Desk(4, seed=seed)
    desk.hear(*NEAR, *FAR[:4])
    found = desk.dialled()
    assert len({address.host.split(".")[0] for address in found}) == len(found) == 4


def test_where_there_is_one_group_only_it_gives_all() -> None:
    desk = Desk(4)
    desk.hear(*NEAR)
    assert len(set(desk.dialled())) == 4


def test_peers_by_hand_take_no_group() -> None:
    desk = Desk(1, NEAR[0])
    desk.hear(NEAR[1])
    assert desk.dialled() == [NEAR[0], NEAR[1]]


def test_a_double_makes_room_for_another_group_once_somebody_was_met_there() -> None:
    desk = Desk(2)
    desk.hear(*NEAR)
    doubles = [desk.answer(address) for address in desk.dialled()]
    desk.hear(*FAR[:2])
    for _ in range(2):
        (tried,) = desk.dialled()
        assert not any(peer.is_closing() for peer in doubles)
        desk.parts.dialing.failed(tried, "gone", desk.now)
    (fresh,) = desk.dialled()
    desk.answer(fresh)
    assert [peer.is_closing() for peer in doubles] == [False, True]
    desk.parts.dialing.failed(doubles[1].address, "gone", desk.now)
    assert desk.dialled(60_000) == []


def test_the_place_of_one_that_fails_is_another_s_at_once() -> None:
    desk = Desk(1)
    desk.hear(*FAR[:2])
    (first,) = desk.dialled(0)
    desk.parts.dialing.failed(first, "gone", desk.now)
    (second,) = desk.dialled(GOSSIP_DIAL_EVERY_MS)
    assert {first, second} == set(FAR[:2])


def test_an_address_where_nobody_is_ever_met_is_forgotten() -> None:
    desk = Desk(1)
    desk.hear(FAR[0])
    tries = 0
    while found := desk.dialled(REDIAL_MAX_MS + GOSSIP_LOOK_EVERY_MS):
        tries += len(found)
        desk.parts.dialing.failed(found[0], "gone", desk.now)
    assert tries == GOSSIP_TRIES + 1
    assert FAR[0] not in desk.parts.addresses.book


def test_one_that_is_connected_already_is_not_found() -> None:
    desk = Desk(2)
    desk.hear(FAR[0])
    desk.parts.dialing._finding.settle({FAR[0]}, desk.now)
    assert not any(isinstance(action, Dial | Close) for action in desk.parts.outbox.drain())
    desk.parts.dialing.succeeded(FAR[1])


def test_it_knows_whom_it_found_and_whom_not() -> None:
    desk = Desk(1)
    desk.hear(FAR[0])
    assert desk.dialled(0) == [FAR[0]]
    finding = desk.parts.dialing._finding
    assert FAR[0] in finding
    assert FAR[1] not in finding
    finding.failed(FAR[1], desk.now)
    assert FAR[0] in finding
    finding.failed(FAR[0], desk.now)
    assert FAR[0] not in finding
