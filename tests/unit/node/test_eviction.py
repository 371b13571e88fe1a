"""Who has to go when all places are taken."""

import pytest

from p2pchain.node.access import Access
from p2pchain.node.bans import Bans
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.eviction import Eviction
from p2pchain.node.hosts import group_of
from p2pchain.node.limits import INBOUND_MAX, SPARED_GROUPS, SPARED_NEAREST
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.timers import Timers
from p2pchain.wire.connection import Connection, Role

NEWCOMER = "198.51.100.1"


class Desk:
    """An eviction, with peers that a test puts there, oldest first."""

    def __init__(self, *named: Address, secret: bytes = b"secret") -> None:
        outbox = Outbox()
        self.peers = Peers(outbox)
        self.bans = Bans(outbox, Timers(), (), Now(0, 0))
        by_hand = Named(named)
        self.eviction = Eviction(self.peers, Access(self.peers, by_hand, self.bans), by_hand, secret)

    def add(self, host: str, round_trip_ms: int | None = None) -> Peer:
        peer = Peer(len(self.peers), Address(host, 50_000), Direction.INBOUND, Connection(Role.PEER), 0)
        peer.round_trip_ms = round_trip_ms
        self.peers.add(peer)
        return peer

    def all_gone(self) -> list[Peer]:
        """Who goes one after the other, until nobody has to."""
        gone = []
        while (peer := self.eviction.choose(NEWCOMER)) is not None:
            self.peers.remove(peer.connection)
            gone.append(peer)
        return gone


def test_the_discouraged_go_first_and_drive_out_nobody() -> None:
    desk = Desk()
    peers = [desk.add(f"203.0.113.{number}", 1) for number in range(4)]
    for number in (1, 2):
        desk.bans.discourage(peers[number].address.host)
    assert desk.eviction.choose(NEWCOMER) is peers[2]
    desk.bans.discourage(NEWCOMER)
    assert desk.eviction.choose(NEWCOMER) is None


def test_only_who_dialled_us_and_was_not_named_by_the_operator_goes() -> None:
    desk = Desk(Address("203.0.113.1", 4343))
    named, outbound, leaving = (desk.add(f"203.0.113.{number}") for number in (1, 2, 3))
    outbound.direction = Direction.OUTBOUND
    leaving.state = State.CLOSING
    for number in range(50):
        desk.add(f"203.0.{number}.9")
    gone = desk.all_gone()
    assert gone
    assert not {named, outbound, leaving} & set(gone)


def test_the_youngest_of_the_largest_group_goes() -> None:
    desk = Desk()
    for number in range(30):
        desk.add(f"{20 + number}.0.0.1", 50)
    enemies = [desk.add(f"203.0.113.{number}", 50) for number in range(26)]
    assert desk.eviction.choose(NEWCOMER) is enemies[-1]


def test_few_are_not_driven_out_at_all() -> None:
    desk = Desk()
    for number in range(SPARED_GROUPS + SPARED_NEAREST):
        desk.add(f"{20 + number}.0.0.1", 50)
    assert desk.eviction.choose(NEWCOMER) is None


def test_the_nearest_stay_and_who_was_never_measured_is_far() -> None:
    desk = Desk()
    for number in range(40):
        desk.add(f"{20 + number}.0.0.1", 900 if number % 2 else None)
    near = [desk.add(f"203.0.113.{number}", number) for number in range(SPARED_NEAREST)]
    assert not set(near) & set(desk.all_gone())


@pytest.mark.parametrize("secret", [b"1", b"2", b"3"])
def test_an_attacker_that_connects_without_end_drives_out_few(secret: bytes) -> None:
    desk = Desk(secret=secret)
    honest = [desk.add(f"{20 + number}.0.0.1", 80) for number in range(INBOUND_MAX - 20)]
    for number in range(20):
        desk.add(f"203.0.113.{number}", 70)
    for number in range(1_000):
        gone = desk.eviction.choose("203.0.113.99")
        assert gone is not None
        desk.peers.remove(gone.connection)
        desk.add(f"203.0.{number % 250}.7", 70)
    assert sum(desk.peers.get(peer.connection) is peer for peer in honest) == len(honest)
    assert len(desk.peers) == INBOUND_MAX


def test_which_groups_are_preferred_is_this_node_s_secret() -> None:
    preferred = set()
    for secret in (b"1", b"2", b"3"):
        desk = Desk(secret=secret)
        peers = [desk.add(f"{20 + number}.0.0.1") for number in range(40)]
        preferred.add(frozenset(group_of(peer.address.host) for peer in desk.eviction._preferred(peers)))
    assert len(preferred) == 3
    assert all(len(groups) == SPARED_GROUPS for groups in preferred)
