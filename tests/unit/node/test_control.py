"""What the operator may ask, and nobody else."""

import pytest

from p2pchain.chain.network import Network
from p2pchain.node.actions import Close, Send
from p2pchain.node.events import Address, BytesReceived, ConnectionOpened, Direction
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.bans import BansMessage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_bans import GetBans
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.network import NetworkMessage
from p2pchain.wire.messages.remove_peer import RemovePeer
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.unban import UnbanHost


def ask(host: Host, message: Message) -> Message:
    """Ask over a control socket, and hear the one answer, which carries the id of the question."""
    node = host.node
    node.handle(ConnectionOpened(900, Address("control", 0), Direction.CONTROL), host.now())
    node.handle(BytesReceived(900, encode(message, 42)), host.now())
    sent = b"".join(
        getattr(action, "data", b"") for action in node.drain() if getattr(action, "connection", 0) == 900
    )
    (incoming,) = Connection(Role.CONTROL).receive(sent)
    assert incoming.id == 42
    return incoming.message


def test_the_connections_to_peers_are_listed(stage: Stage) -> None:
    host = stage.host(peers=(Address("192.0.2.99", 4343),))
    friend = stage.friend(host)
    answer = ask(host, GetConnections())
    assert isinstance(answer, Connections)
    ((waiting, why),) = answer.waiting
    assert waiting == "192.0.2.99:4343"
    assert why.startswith(("not dialled yet", "cannot be reached: "))
    (row,) = answer.connections
    assert row[1:5] == ("inbound", "ready", "stranger", 0)
    assert row[0].startswith(friend.address.host)
    assert 0 < row[5] <= host.now().wall_ms
    assert row[7] > 0
    assert row[8] > 0


def test_a_peer_whose_host_has_the_longest_name_is_listed_connected_or_not(stage: Stage) -> None:
    peer = Address(".".join(["a" * 63] * 3 + ["b" * 61]), 65535)
    host = stage.host(peers=(peer,))
    waiting = ask(host, GetConnections())
    assert isinstance(waiting, Connections)
    assert [row[0] for row in waiting.waiting] == [str(peer)]
    host.node.handle(ConnectionOpened(700, peer, Direction.OUTBOUND), host.now())
    connected = ask(host, GetConnections())
    assert isinstance(connected, Connections)
    assert [row[0] for row in connected.connections] == [str(peer)]


def test_the_network_s_file_is_given(stage: Stage) -> None:
    answer = ask(stage.host(), GetNetwork())
    assert isinstance(answer, NetworkMessage)
    assert Network.parse(answer.toml) == stage.network


def test_a_peer_is_added_and_dialled(stage: Stage) -> None:
    host, friend = stage.host(), stage.stranger("192.0.2.7")
    host.ask(AddPeer(address="192.0.2.7:4343"))
    friend.wait(200)
    friend.greet()
    assert host.node.status(host.now()).peers == 1


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (AddPeer(address="nowhere"), "HOST:PORT"),
        (RemovePeer(address="nowhere"), "HOST:PORT"),
        (BanHost(host="192.0.2.7:4343", seconds=1), "IP address"),
        (UnbanHost(host="example.org"), "IP address"),
    ],
)
def test_what_is_no_address_is_said(stage: Stage, message: Message, word: str) -> None:
    answer = ask(stage.host(), message)
    assert isinstance(answer, ErrorMessage)
    assert (answer.code, answer.to) == ("usage", message.NAME)
    assert word in answer.reason


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (RemovePeer(address="192.0.2.9:4343"), "unknown_peer"),
        (UnbanHost(host="192.0.2.9"), "not_banned"),
    ],
)
def test_there_has_to_be_something_to_undo(stage: Stage, message: Message, code: str) -> None:
    answer = ask(stage.host(), message)
    assert isinstance(answer, ErrorMessage)
    assert (answer.code, answer.to) == (code, message.NAME)


def test_who_is_kept_out_is_listed(stage: Stage) -> None:
    host = stage.host()
    assert ask(host, GetBans()) == BansMessage(bans=(), discouraged=0)
    until_ms = host.now().wall_ms + 60_000
    host.ask(BanHost(host="2001:DB8::1", seconds=60))
    assert ask(host, GetBans()) == BansMessage(bans=(("2001:db8::1", until_ms, "operator"),), discouraged=0)
    assert ask(host, UnbanHost(host="2001:db8:0::1")) == Done()
    assert ask(host, GetBans()) == BansMessage(bans=(), discouraged=0)


def test_a_peer_that_was_added_is_dialled_after_a_restart_too_and_a_removed_one_is_not(stage: Stage) -> None:
    host = stage.host(peers=(Address("192.0.2.8", 4343),))
    friend, configured = stage.stranger("192.0.2.7"), stage.stranger("192.0.2.8")
    host.ask(AddPeer(address="192.0.2.7:4343"))
    friend.wait(1_000)
    host.crash()
    host.boot()
    friend.wait(1_000)
    for each in (friend, configured):
        each.greet()
    assert host.node.status(host.now()).peers == 2
    for address in ("192.0.2.7:4343", "192.0.2.8:4343"):
        host.ask(RemovePeer(address=address))
    friend.wait(60_000)
    assert host.node.status(host.now()).peers == 0
    host.crash()
    host.boot()
    friend.wait(5_000)
    assert friend.closed
    assert not configured.closed


@pytest.mark.parametrize(
    "data", [encode_frame(b"\xc1"), encode_frame(b"\x92\xa7unheard\x80"), encode(GetBans())[:4] * 9]
)
def test_an_order_that_is_none_is_answered_with_its_reason(stage: Stage, data: bytes) -> None:
    node, now = stage.host().node, stage.host().now()
    node.handle(ConnectionOpened(900, Address("control", 0), Direction.CONTROL), now)
    node.handle(BytesReceived(900, data), now)
    actions = [action for action in node.drain() if getattr(action, "connection", 0) == 900]
    sent = b"".join(action.data for action in actions if isinstance(action, Send))
    ((incoming),) = Connection(Role.CONTROL).receive(sent)
    assert isinstance(incoming.message, Bye)
    assert incoming.message.code in {"malformed_envelope", "unknown_message", "malformed_msgpack"}
    assert isinstance(actions[-1], Close)


@pytest.mark.parametrize("message", [AddPeer(address="192.0.2.7:1"), BanHost(host="::1", seconds=1)])
def test_what_is_done_is_said(stage: Stage, message: Message) -> None:
    assert ask(stage.host(), message) == Done()


def test_nothing_to_mine_is_said(stage: Stage) -> None:
    answer = ask(stage.host(), Mine())
    assert isinstance(answer, ErrorMessage)
    assert answer.code == "nothing_pending"


def test_the_node_stops_when_asked(stage: Stage) -> None:
    host = stage.host()
    host.ask(Stop())
    stage.world.run_for(1)
    assert not host.running


def test_a_peer_may_ask_none_of_it(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(Stop())
    friend.wait(200)
    assert friend.farewell() == "out_of_order"
    assert host.running
