"""Gossip about where other nodes are: what is believed, how much of it, and what is told."""

import pytest

from p2pchain.node.actions import SaveAddresses, Send
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.limits import (
    ADDRESS_EVERY_MS,
    ADDRESSES_PER_MESSAGE,
    ADDRESSES_PER_SOURCE,
    ADDRESSES_SAVE_MS,
    GET_PEERS_EVERY_MS,
    OWN_MAX,
)
from p2pchain.node.peers import Peer
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import encode
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.remove_peer import RemovePeer


def friend_at(stage: Stage, host: Host, address: str) -> Stranger:
    friend = stage.stranger(address)
    friend.dial(host)
    friend.greet()
    return friend


def known(host: Host) -> set[str]:
    return {str(each.address) for each in host.node._parts.addresses.book.saved()}


def far(count: int, first: int = 20) -> PeersMessage:
    """As many addresses, each in a group of its own."""
    return PeersMessage(
        addresses=tuple((f"{first + number // 250}.{number % 250}.0.1", 4343) for number in range(count))
    )


def test_who_greets_is_asked_whom_it_knows_and_told_to_others(stage: Stage) -> None:
    host = stage.host()
    first, second = stage.friend(host), stage.friend(host)
    assert len(first.told(GetPeers)) == 1
    second.say(GetPeers())
    second.wait(200)
    assert [message.addresses for message in second.told(PeersMessage)] == [
        ((first.address.host, first.address.port),)
    ]


def test_a_client_is_told_but_not_told_of(stage: Stage) -> None:
    host = stage.host()
    client, other = stage.stranger(), stage.friend(host)
    client.dial(host)
    client.greet(client.hello(listen=0))
    for each in (client, other):
        each.say(GetPeers())
        each.wait(200)
    assert [len(message.addresses) for message in client.told(PeersMessage)] == [1]
    assert [len(message.addresses) for message in other.told(PeersMessage)] == [0]


def test_hearsay_is_dialled_but_not_passed_on_until_somebody_was_met_there(stage: Stage) -> None:
    host = stage.host(outbound_max=4)
    friend, told = stage.friend(host), stage.stranger("198.51.100.50")
    friend.say(PeersMessage(addresses=(("198.51.100.50", 4343), ("203.0.113.9", 4343))))
    friend.wait(1_000)
    told.greet()
    assert host.node.status(host.now()).peers == 2
    friend.say(GetPeers())
    friend.wait(200)
    assert friend.told(PeersMessage)[-1].addresses == (("198.51.100.50", 4343),)


@pytest.mark.parametrize(
    ("teller", "believed"),
    [
        ("192.0.2.9", {"203.0.113.1:1"}),
        ("10.0.0.9", {"203.0.113.1:1", "10.1.1.1:1"}),
        ("127.0.0.9", {"203.0.113.1:1", "10.1.1.1:1", "127.0.0.7:1"}),
    ],
)
def test_nobody_knows_what_is_nearer_to_us_than_itself(stage: Stage, teller: str, believed: set[str]) -> None:
    host = stage.host()
    friend = friend_at(stage, host, teller)
    friend.say(PeersMessage(addresses=(("127.0.0.7", 1), ("10.1.1.1", 1), ("203.0.113.1", 1))))
    friend.wait(200)
    assert known(host) == believed | {str(friend.address)}


def test_what_is_no_address_of_another_node_is_passed_over(stage: Stage) -> None:
    host = stage.host()
    friend = friend_at(stage, host, "127.0.0.9")
    host.ask(RemovePeer(address=str(friend.address)))
    friend = friend_at(stage, host, "127.0.0.9")
    nowhere = ("example.org", "0.1.2.3", "224.0.0.1", "::", "255.255.255.255", friend.address.host)
    addresses = [
        *((host, 4343) for host in nowhere),
        ("192.0.2.5", 0),
        (host.address.host, host.address.port),
    ]
    friend.say(PeersMessage(addresses=tuple(addresses)))
    friend.wait(200)
    assert known(host) == set()


def test_an_answer_and_what_comes_unasked_later_are_bounded(stage: Stage) -> None:
    host = stage.host()
    friend = friend_at(stage, host, "127.0.0.9")
    host.node._parts.addresses.book._rng.seed(1)
    (peer,) = host.node._parts.peers.nodes()
    friend.say(far(100), far(100, 100))
    friend.wait(200)
    assert len(known(host)) == ADDRESSES_PER_SOURCE
    assert peer.address_credit_ms < ADDRESS_EVERY_MS
    assert not any(address.startswith("100.") for address in known(host))
    friend.wait(2 * ADDRESS_EVERY_MS)
    friend.say(far(100, 200))
    friend.wait(200)
    assert sum(address.startswith("200.") for address in known(host)) <= 2
    assert peer.address_credit_ms < ADDRESS_EVERY_MS


def test_a_client_has_credit_only_for_the_time_that_it_was_here(stage: Stage) -> None:
    host = stage.host()
    stage.world.run_until(10_000_000)
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    client.wait(ADDRESS_EVERY_MS)
    client.say(far(50))
    client.wait(200)
    assert len(known(host)) == 1


def test_one_connection_is_told_once_a_minute(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(GetPeers(), GetPeers())
    friend.wait(200)
    assert len(friend.told(PeersMessage)) == 1
    (refused,) = friend.told(ErrorMessage)
    assert (refused.code, refused.to) == ("asked_too_often", "get_peers")
    friend.wait(GET_PEERS_EVERY_MS)
    friend.say(GetPeers())
    friend.wait(200)
    assert len(friend.told(PeersMessage)) == 2


def test_the_operator_may_ask_as_often_as_it_likes(stage: Stage) -> None:
    host = stage.host()
    for _ in range(3):
        host.ask(GetPeers())
    (control,) = host.node._parts.peers.all()
    assert control.bytes_out == 3 * len(encode(PeersMessage(addresses=()), 1))


def test_one_answer_tells_no_more_than_fits(stage: Stage) -> None:
    host = stage.host()
    for number in range(150):
        address = Address(f"{20 + number}.0.0.1", 4343)
        host.node._parts.addresses.book.meet(address, host.now())
    friend = stage.friend(host)
    friend.say(GetPeers())
    friend.wait(300)
    (answer,) = friend.told(PeersMessage)
    assert len(set(answer.addresses)) == ADDRESSES_PER_MESSAGE


def test_the_book_is_saved_a_while_after_it_changed_and_outlives_a_crash(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    assert host._config.addresses == ()
    friend.say(far(1))
    friend.wait(ADDRESSES_SAVE_MS)
    before = known(host)
    assert before == {str(friend.address), "20.0.0.1:4343"}
    host.crash()
    host.boot()
    assert known(host) == before


def test_what_was_not_saved_yet_is_saved_at_the_end(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.node.say_goodbye()
    (saved,) = (action for action in host.node.drain() if isinstance(action, SaveAddresses))
    assert [known.address for known in saved.addresses] == [friend.address]


def test_an_address_where_the_node_met_itself_is_its_own(stage: Stage) -> None:
    addresses = stage.host().node._parts.addresses
    for number in range(OWN_MAX + 5):
        addresses.met_self(Address("192.0.2.1", number + 1))
    assert addresses.is_own(Address("192.0.2.1", 1))
    assert not addresses.is_own(Address("192.0.2.1", OWN_MAX + 5))


def test_who_was_dialled_by_name_is_not_told_of(stage: Stage) -> None:
    host = stage.host()
    peer = Peer(99, Address("example.org", 4343), Direction.OUTBOUND, Connection(Role.PEER), 0)
    host.node._parts.addresses.meet(peer, Now(0, 0))
    assert known(host) == set()


def test_who_dialled_and_listens_nowhere_is_asked_but_noted_nowhere(stage: Stage) -> None:
    host = stage.host()
    client = Peer(77, Address("192.0.2.7", 50_000), Direction.INBOUND, Connection(Role.PEER), 0)
    host.node._parts.addresses.meet(client, host.now())
    (asked,) = host.node.drain()
    assert asked == Send(77, encode(GetPeers()))
    assert known(host) == set()
