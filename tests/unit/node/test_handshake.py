"""Who is talked to, and what the others are told."""

from p2pchain.node.events import Address
from p2pchain.node.limits import HANDSHAKE_TIMEOUT_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello


def test_both_sides_say_hello(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)

    assert friend.told(Hello)[0].tip == host.tip
    assert not friend.told(Bye)
    assert host.node.status(host.now()).peers == 1


def test_another_network_is_refused_by_name(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.dial(stage.host())
    stranger.greet(stranger.hello(network=bytes(32)))

    assert stranger.farewell() == "other_network"
    assert "same network file" in stranger.told(Bye)[0].reason
    assert stranger.closed


def test_another_protocol_is_refused_by_name(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.dial(stage.host())
    stranger.greet(stranger.hello(protocol=2))

    assert stranger.farewell() == "other_protocol"


def test_a_node_that_dialled_itself_finds_out(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.dial(stage.host())
    stranger.wait(100)
    stranger.greet(stranger.hello(node=stranger.told(Hello)[0].node))

    assert stranger.farewell() == "self_connection"


def test_silence_is_ended(stage: Stage) -> None:
    stranger = stage.stranger()
    stranger.dial(stage.host())
    stranger.wait(HANDSHAKE_TIMEOUT_MS - 200)
    assert not stranger.closed
    stranger.wait(400)

    assert stranger.farewell() == "handshake_timeout"
    assert stranger.closed


def test_who_has_greeted_is_not_held_to_the_time_for_it(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.wait(2 * HANDSHAKE_TIMEOUT_MS)
    assert friend.told(Bye) == []


def test_a_second_connection_of_the_same_node_is_closed(stage: Stage) -> None:
    host = stage.host()
    first, second = stage.stranger("192.0.2.1"), stage.stranger("192.0.2.1")
    for stranger in (first, second):
        stranger.dial(host)
        stranger.greet()

    assert second.farewell() == "duplicate_connection"
    assert not first.closed
    assert host.node.status(host.now()).peers == 1


def test_a_copied_node_number_closes_no_other_address_s_connection(stage: Stage) -> None:
    host = stage.host()
    honest = stage.friend(host)
    copy = stage.stranger()
    copy.dial(host)
    copy.greet(copy.hello(node=honest.hello().node))

    assert not honest.closed
    assert host.node.status(host.now()).peers == 2


def test_of_two_crossing_connections_both_sides_keep_the_same(stage: Stage) -> None:
    address = Address("192.0.2.77", 4343)
    dialled = stage.stranger("192.0.2.77")
    host = stage.host(peers=(address,))
    dialled.wait(500)
    dialled.greet(dialled.hello(node=bytes(16)))
    assert host.node.status(host.now()).peers == 1
    crossing = stage.stranger("192.0.2.78")
    crossing.address = Address("192.0.2.77", 5000)
    crossing.dial(host)
    crossing.greet(crossing.hello(node=bytes(16), listen=4343))

    # The stranger's number is the smaller one, so the connection that the host dialled stays.
    assert crossing.farewell() == "duplicate_connection"
    assert not dialled.closed
