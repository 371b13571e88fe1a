"""The life of a connection: opened, greeted, closed."""

from p2pchain.node.actions import Close
from p2pchain.node.events import Address, ConnectionClosed, ConnectionOpened, DialFailed, Direction
from p2pchain.node.limits import CONTROL_MAX, INBOUND_MAX
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.hello import Hello


def fill(stage: Stage, host: Host) -> list[Stranger]:
    """Take all places for those who dial."""
    strangers = [stage.stranger(f"203.0.113.{number + 1}") for number in range(INBOUND_MAX)]
    for stranger in strangers:
        stranger.dial(host)
    return strangers


def test_who_comes_when_all_places_are_taken_gets_that_of_another(stage: Stage) -> None:
    host = stage.host()
    strangers = fill(stage, host)
    late = stage.stranger()
    late.dial(host)
    late.greet()
    assert late.farewell() == ""
    (gone,) = [stranger for stranger in strangers if stranger.closed]
    assert gone is strangers[-1]
    assert gone.farewell() == "too_many"
    assert host.node._parts.peers.count(Direction.INBOUND) == INBOUND_MAX


def test_who_is_discouraged_gets_nobody_s_place(stage: Stage) -> None:
    host = stage.host()
    strangers = fill(stage, host)
    late = stage.stranger()
    host.node._parts.bans.discourage(late.address.host)
    late.dial(host)
    late.wait(200)
    assert late.told(Hello) == []
    assert late.farewell() == "too_many"
    assert late.closed
    assert not any(stranger.closed for stranger in strangers)


def test_what_was_removed_while_it_was_dialled_is_not_kept(stage: Stage) -> None:
    host = stage.host()
    host.post(ConnectionOpened(77, Address("192.0.2.1", 4343), Direction.OUTBOUND))
    (peer,) = (peer for peer in host.node._parts.peers.all() if peer.connection == 77)
    assert peer.is_closing()
    assert peer.hello is None


def test_an_ipv4_peer_has_one_address_on_whatever_socket_it_comes(stage: Stage) -> None:
    host = stage.host()
    host.post(ConnectionOpened(77, Address("::ffff:192.0.2.1", 50_000), Direction.INBOUND))
    assert host.node._parts.peers.all()[-1].address == Address("192.0.2.1", 50_000)


def test_a_connection_that_the_node_dialled_to_itself_makes_the_address_its_own(stage: Stage) -> None:
    mirror = stage.stranger("192.0.2.1")
    host = stage.host(peers=(mirror.address,))
    mirror.wait(500)
    mirror.say(mirror.told(Hello)[0])
    mirror.wait(200)
    assert mirror.farewell() == "self_connection"
    assert host.node._parts.addresses.is_own(mirror.address)


def test_why_a_peer_added_by_hand_is_not_connected_is_kept_for_the_operator(stage: Stage) -> None:
    other = stage.stranger("192.0.2.1")
    host = stage.host(peers=(other.address,))
    other.wait(500)
    other.say(other.hello(network=bytes(32)))
    other.wait(200)
    ((address, why),) = host.node._parts.dialing.waiting()
    assert address == other.address
    assert why.endswith("start both nodes with the same network file")

    other.wait(1_000)
    other.say(other.hello(), Bye(code="too_many", reason="56 peers are connected already"))
    other.wait(200)
    ((_, why),) = host.node._parts.dialing.waiting()
    assert why == "said goodbye (too_many): 56 peers are connected already"


def test_the_operator_s_door_has_its_own_bound(stage: Stage) -> None:
    node, now = stage.host().node, stage.host().now()
    for number in range(CONTROL_MAX + 1):
        node.handle(ConnectionOpened(1_000 + number, Address("control", 0), Direction.CONTROL), now)
    closed = [action.connection for action in node.drain() if isinstance(action, Close)]
    assert closed[-1] == 1_000 + CONTROL_MAX


def test_a_goodbye_is_noted_and_the_connection_closed(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(Bye(code="stopping", reason="for\nthe night"))
    friend.wait(200)
    assert friend.closed
    assert any("said goodbye (stopping)" in line for line in host.reports)
    assert friend.told(Bye) == []


def test_a_lost_connection_is_noted_once_greeted(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    stage.links.crash(friend)
    friend.wait(200)
    assert any("connection lost" in line for line in host.reports)
    assert host.node.status(host.now()).peers == 0


def test_what_a_peer_cannot_serve_is_noted(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(ErrorMessage(code="pruned", reason="not here", to="get_blocks"))
    friend.wait(200)
    assert not friend.closed
    assert any("get_blocks: pruned: not here" in line for line in host.reports)


def test_the_end_of_an_unknown_connection_is_passed_over(stage: Stage) -> None:
    host = stage.host()
    host.post(ConnectionClosed(12345, "?"))
    host.post(DialFailed(Address("192.0.2.1", 1), "refused"))
    stage.world.run_for(1)
    assert any("192.0.2.1:1: cannot be reached: refused" in line for line in host.reports)


def test_nothing_is_kept_of_a_connection_that_is_gone(stage: Stage) -> None:
    host = stage.host()
    for _ in range(20):
        friend = stage.friend(host)
        stage.links.crash(friend)
        friend.wait(200)
    parts = host.node._parts
    assert [peer.is_control for peer in parts.peers.all()] == [True]
    assert parts.subscriptions._subscribers == {}
    assert len(parts.download._shares) == 0


def test_a_lost_connection_that_the_node_had_dialled_is_dialled_again(stage: Stage) -> None:
    host = stage.host(peers=(Address("192.0.2.1", 4343),))
    friend = stage.stranger("192.0.2.1")
    for _ in range(2):
        friend.wait(1_000)
        friend.greet()
        assert host.node.status(host.now()).peers == 1
        stage.links.crash(friend)
        friend.wait(50)


def test_of_two_connections_that_cross_one_is_replaced(stage: Stage) -> None:
    friend = stage.stranger("192.0.2.1")
    host = stage.host(peers=(friend.address,))
    friend.wait(500)
    friend.greet(friend.hello(node=b"\xff" * 16))
    crossing = stage.stranger("192.0.2.2")
    crossing.address = Address("192.0.2.1", 5000)
    crossing.dial(host)
    crossing.greet(crossing.hello(node=b"\xff" * 16, listen=4343))
    assert friend.farewell() == "duplicate_connection"
    assert not crossing.closed
    assert host.node.status(host.now()).peers == 1


def test_a_client_that_listens_nowhere_is_no_peer_and_is_not_asked_whom_it_knows(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    assert len(client.told(Hello)) == 1
    assert client.told(GetPeers) == []
    assert host.node.status(host.now()).peers == 0


def test_who_dials_this_node_under_its_own_number_says_nothing_of_where_it_is(stage: Stage) -> None:
    host = stage.host()
    mirror = stage.stranger()
    mirror.dial(host)
    mirror.wait(100)
    mirror.greet(mirror.hello(node=mirror.told(Hello)[0].node))
    assert mirror.farewell() == "self_connection"
    assert not host.node._parts.addresses.is_own(mirror.address)


def test_who_is_banned_is_told_so_and_not_greeted(stage: Stage) -> None:
    host = stage.host()
    stranger = stage.stranger()
    host.ask(BanHost(host=stranger.address.host, seconds=60))
    stranger.dial(host)
    stranger.wait(200)
    assert stranger.told(Hello) == []
    assert stranger.farewell() == "banned"
