"""Who is let in, and what a fault costs."""

from p2pchain.chain.rules import InvalidSignature
from p2pchain.node.access import Access
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.limits import BANS_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import HeadersTimeout
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.allow import Allow
from p2pchain.wire.messages.deny import Deny

FAULT = InvalidSignature("a signature", "nonsense")


def peer_at(host: str, direction: Direction = Direction.INBOUND) -> Peer:
    return Peer(1, Address(host, 1), direction, Connection(Role.PEER), 0)


def make() -> tuple[Access, Outbox]:
    outbox = Outbox()
    return Access(Peers(outbox)), outbox


def test_a_proven_fault_keeps_a_host_out_for_a_while() -> None:
    access, _ = make()
    access.dismiss(peer_at("192.0.2.1"), FAULT, Now(0, 1_000))
    address = Address("192.0.2.1", 9)
    ends_ms = 1_000 + FAULT.ban_seconds * 1_000
    assert "banned for 600 s" in (access.refusal(address, Now(0, 1_001)) or "")
    assert access.refusal(address, Now(0, ends_ms - 1)) is not None
    assert access.refusal(address, Now(0, ends_ms)) is None
    assert access.refusal(Address("192.0.2.2", 9), Now(0, 1_001)) is None


def test_loopback_hosts_and_peers_added_by_hand_are_dropped_only() -> None:
    access, outbox = make()
    by_hand = peer_at("192.0.2.1")
    by_hand.by_hand = True
    for peer in (by_hand, peer_at("127.0.0.9"), peer_at("::1"), peer_at("control", Direction.CONTROL)):
        access.dismiss(peer, FAULT, Now(0, 0))
        assert access.refusal(peer.address, Now(0, 1)) is None
        assert peer.is_closing()
    access.dismiss(peer_at("example.org"), FAULT, Now(0, 0))
    assert access.refusal(Address("example.org", 1), Now(0, 1)) is not None
    assert outbox


def test_what_may_be_nobody_s_fault_costs_the_connection_only() -> None:
    access, _ = make()
    access.dismiss(peer_at("192.0.2.1"), HeadersTimeout("headers", "none"), Now(0, 0))
    assert access.refusal(Address("192.0.2.1", 1), Now(0, 1)) is None


def test_a_flood_of_faulty_hosts_grows_no_list_without_bound() -> None:
    access, _ = make()
    for number in range(BANS_MAX + 500):
        host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        access.dismiss(peer_at(host), FAULT, Now(0, 0))
    assert len(access._banned_until_ms) == BANS_MAX
    assert access.allow("10.0.39.16")
    assert not access.allow("10.0.0.0")


def test_a_denied_host_is_cut_off_both_ways_until_it_is_allowed(stage: Stage) -> None:
    address = Address("192.0.2.1", 4343)
    host = stage.host(peers=(address,))
    friend = stage.stranger("192.0.2.1")
    friend.wait(2_000)
    friend.greet()
    assert host.node.status(host.now()).peers == 1
    host.ask(Deny(address="192.0.2.1"))
    friend.wait(200)
    assert friend.farewell() == "denied"
    friend.heard.clear()
    friend.wait(20_000)
    assert host.node.status(host.now()).peers == 0
    friend.dial(host)
    friend.wait(200)
    assert friend.farewell() == "denied"
    assert friend.closed
    host.ask(Allow(address="192.0.2.1"))
    friend.wait(2_000)
    friend.greet()
    assert host.node.status(host.now()).peers == 1
