"""Who is let in, and what a fault costs."""

import pytest

from p2pchain.chain.rules import InvalidSignature
from p2pchain.node.access import Access
from p2pchain.node.bans import OPERATOR, Bans
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.handshake import OtherNetwork
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import HeadersTimeout
from p2pchain.node.timers import Timers
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.unban import UnbanHost

FAULT = InvalidSignature("a signature", "nonsense")
HOST = "192.0.2.1"
START = Now(1_000_000, 0)


class Desk:
    """An access, with peers that a test puts there."""

    def __init__(self, *named: Address) -> None:
        outbox = Outbox()
        self.peers = Peers(outbox)
        self.bans = Bans(outbox, Timers(), (), START)
        self.access = Access(self.peers, Named(named), self.bans)

    def peer(self, host: str, direction: Direction = Direction.INBOUND) -> Peer:
        peer = Peer(len(self.peers), Address(host, 1), direction, Connection(Role.PEER), 0)
        self.peers.add(peer)
        return peer


def test_a_proven_fault_keeps_a_host_out_for_a_while_and_is_not_forgotten_then() -> None:
    desk = Desk()
    faulty, other, stranger = desk.peer(HOST), desk.peer(HOST), desk.peer("192.0.2.2")
    desk.access.dismiss(faulty, FAULT, START)
    assert "banned after a fault (invalid_signature) for 600 s" in (desk.access.refusal(HOST, START) or "")
    ends_ms = START.wall_ms + FAULT.ban_seconds * 1_000
    assert desk.access.refusal(HOST, Now(ends_ms - 1, 0)) is not None
    assert desk.access.refusal(HOST, Now(ends_ms, 0)) is None
    assert desk.access.is_discouraged(HOST)
    assert desk.access.refusal("192.0.2.2", START) is None
    assert [peer.is_closing() for peer in (faulty, other, stranger)] == [True, True, False]


@pytest.mark.parametrize("host", ["127.0.0.9", "::1", "192.0.2.77"])
def test_loopback_hosts_and_those_of_peers_added_by_hand_are_dropped_only(host: str) -> None:
    desk = Desk(Address("192.0.2.77", 4343))
    faulty, other = desk.peer(host), desk.peer(host)
    desk.access.dismiss(faulty, FAULT, START)
    assert faulty.is_closing()
    assert not other.is_closing()
    assert desk.access.refusal(host, START) is None
    assert not desk.access.is_discouraged(host)


def test_a_connection_made_for_the_operator_or_by_it_costs_its_host_nothing() -> None:
    desk = Desk()
    by_hand, control = desk.peer("example.org"), desk.peer("control", Direction.CONTROL)
    by_hand.by_hand = True
    for peer in (by_hand, control):
        desk.access.dismiss(peer, FAULT, START)
        assert desk.access.refusal(peer.address.host, START) is None


def test_what_may_be_nobody_s_fault_costs_the_connection_only() -> None:
    desk = Desk()
    desk.access.dismiss(desk.peer(HOST), HeadersTimeout("headers", "none"), START)
    assert desk.access.refusal(HOST, START) is None
    assert not desk.access.is_discouraged(HOST)


def test_a_lesser_fault_discourages() -> None:
    desk = Desk()
    desk.access.dismiss(desk.peer(HOST), OtherNetwork("a network", "another"), START)
    assert desk.access.refusal(HOST, START) is None
    assert desk.access.is_discouraged(HOST)


def test_the_operator_bans_anyone_for_a_time() -> None:
    desk = Desk(Address("127.0.0.2", 1))
    peer, control = desk.peer("127.0.0.2", Direction.OUTBOUND), desk.peer("control", Direction.CONTROL)
    desk.access.ban_by_operator("127.0.0.2", 60, START)
    assert peer.is_closing()
    assert not control.is_closing()
    assert desk.access.refusal("127.0.0.2", START) == "banned by the operator for 60 s more"
    assert [ban.code for ban in desk.bans.standing(START)] == [OPERATOR]


def test_a_banned_host_is_cut_off_both_ways_until_it_is_let_in_again(stage: Stage) -> None:
    host = stage.host(peers=(Address(HOST, 4343),))
    friend = stage.stranger(HOST)
    friend.wait(2_000)
    friend.greet()
    assert host.node.status(host.now()).peers == 1
    host.ask(BanHost(host=HOST, seconds=3_600))
    friend.wait(200)
    assert friend.farewell() == "banned"
    friend.heard.clear()
    friend.wait(20_000)
    assert host.node.status(host.now()).peers == 0
    friend.dial(host)
    friend.wait(200)
    assert friend.farewell() == "banned"
    assert friend.closed
    host.ask(UnbanHost(host=HOST))
    friend.wait(2_000)
    friend.greet()
    assert host.node.status(host.now()).peers == 1


def test_a_ban_for_a_fault_lasts_a_restart_and_ends(stage: Stage) -> None:
    host = stage.host()
    enemy = stage.friend(host)
    enemy.say(Ping(nonce=1), enemy.hello())
    enemy.wait(6_000)
    assert enemy.farewell() == "out_of_order"
    host.crash()
    host.boot()
    enemy.dial(host)
    enemy.wait(200)
    assert enemy.farewell() == "out_of_orderbanned"
    enemy.wait(60_000)
    enemy.heard.clear()
    enemy.dial(host)
    enemy.greet()
    assert enemy.farewell() == ""
    assert host.node.status(host.now()).peers == 1
