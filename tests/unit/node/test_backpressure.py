"""What is on its way stays within bounds, of one connection and of all together."""

import pytest

from p2pchain.node import backpressure as module
from p2pchain.node.actions import PauseReading, ResumeReading, Send
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

NOW = Now(0, 0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("HIGH", 100), ("LOW", 50), ("MAX", 250)):
        monkeypatch.setattr(module, f"INTAKE_BYTES_{name}", bound)
    monkeypatch.setattr(module, "PONG_INTAKE_BYTES", 40)


def peer(number: int) -> Peer:
    return Peer(number, Address("192.0.2.1", number), Direction.INBOUND, Connection(Role.PEER), 0)


def test_one_connection_is_read_from_again_once_little_of_it_is_left() -> None:
    outbox = Outbox()
    load, one = Backpressure(Peers(outbox), outbox), peer(1)
    load.weigh(one, 100)
    assert outbox == []
    load.weigh(one, 1)
    assert outbox == [PauseReading(1)]
    load.weigh(one, 20)
    load.weigh(one, -70)
    assert outbox == [PauseReading(1)]
    load.weigh(one, -1)
    assert outbox == [PauseReading(1), ResumeReading(1)]


def test_where_all_together_have_too_much_each_waits_until_nothing_of_it_is_left() -> None:
    outbox = Outbox()
    load = Backpressure(Peers(outbox), outbox)
    peers = [peer(number) for number in range(4)]
    for each in peers[:3]:
        load.weigh(each, 80)
    assert outbox == []
    load.weigh(peers[3], 20)
    load.weigh(peers[0], 10)
    assert outbox == [PauseReading(3), PauseReading(0)]
    load.weigh(peers[3], -19)
    assert len(outbox) == 2
    load.weigh(peers[3], -1)
    assert outbox[2:] == [ResumeReading(3)]


def test_what_a_connection_that_is_gone_had_on_its_way_is_taken_off_too() -> None:
    outbox = Outbox()
    load = Backpressure(Peers(outbox), outbox)
    gone, stays = peer(1), peer(2)
    load.weigh(gone, 240)
    load.weigh(stays, 20)
    assert outbox == [PauseReading(1), PauseReading(2)]
    load.weigh(None, -240)
    load.weigh(stays, 1)
    assert outbox[2:] == [ResumeReading(2)]


def test_a_pong_waits_until_little_of_what_came_before_the_ping_is_left() -> None:
    outbox = Outbox()
    load, one = Backpressure(Peers(outbox), outbox), peer(1)
    load.weigh(one, 41)
    load.receive_ping(one, Ping(nonce=7), 3, NOW)
    load.weigh(one, 9)
    assert outbox == []
    load.weigh(one, -10)
    assert outbox == [Send(1, encode(Pong(nonce=7), 3))]
    load.weigh(one, 20)
    load.weigh(one, -20)
    assert len(outbox) == 1
    load.receive_ping(one, Ping(nonce=8), None, NOW)
    assert outbox[1:] == [Send(1, encode(Pong(nonce=8)))]


def test_of_many_pings_that_come_meanwhile_only_the_last_waits() -> None:
    outbox = Outbox()
    load, one = Backpressure(Peers(outbox), outbox), peer(1)
    load.weigh(one, 41)
    for nonce in range(5):
        load.receive_ping(one, Ping(nonce=nonce), None, NOW)
    pongs = [Send(1, encode(Pong(nonce=nonce))) for nonce in range(5)]
    assert outbox == pongs[:4]
    load.weigh(one, -41)
    assert outbox == pongs


def test_a_pong_waits_for_nothing_that_others_sent() -> None:
    outbox = Outbox()
    load, one, other = Backpressure(Peers(outbox), outbox), peer(1), peer(2)
    load.weigh(other, 90)
    load.receive_ping(one, Ping(nonce=7), None, NOW)
    assert outbox == [Send(1, encode(Pong(nonce=7)))]
