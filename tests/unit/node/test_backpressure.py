"""What is on its way stays within bounds, of one connection and of all together."""

import pytest

from p2pchain.node import backpressure as module
from p2pchain.node.actions import PauseReading, ResumeReading
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.events import Address, Direction
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer
from p2pchain.wire.connection import Connection, Role


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("HIGH", 100), ("LOW", 50), ("MAX", 250)):
        monkeypatch.setattr(module, f"INTAKE_BYTES_{name}", bound)


def peer(number: int) -> Peer:
    return Peer(number, Address("192.0.2.1", number), Direction.INBOUND, Connection(Role.PEER), 0)


def test_one_connection_is_read_from_again_once_little_of_it_is_left() -> None:
    outbox = Outbox()
    load, one = Backpressure(outbox), peer(1)
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
    load = Backpressure(outbox)
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
    load = Backpressure(outbox)
    gone, stays = peer(1), peer(2)
    load.weigh(gone, 240)
    load.weigh(stays, 20)
    assert outbox == [PauseReading(1), PauseReading(2)]
    load.weigh(None, -240)
    load.weigh(stays, 1)
    assert outbox[2:] == [ResumeReading(2)]
