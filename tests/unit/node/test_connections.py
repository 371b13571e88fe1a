"""The life of a connection: opened, greeted, closed."""

from p2pchain.node.actions import Close
from p2pchain.node.events import Address, ConnectionClosed, ConnectionOpened, DialFailed, Direction
from p2pchain.node.limits import CONTROL_MAX, INBOUND_MAX
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.hello import Hello


def test_who_comes_when_all_places_are_taken_is_told(stage: Stage) -> None:
    host = stage.host()
    for _ in range(INBOUND_MAX):
        stage.stranger().dial(host)
    late = stage.stranger()
    late.dial(host)
    late.wait(200)
    assert late.told(Hello) == []
    assert late.farewell() == "too_many"
    assert late.closed


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
    assert parts.download._asked == set()
