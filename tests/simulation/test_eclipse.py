"""Somebody who holds one part of the network tries to be all that a node sees, and fails."""

from collections import Counter

import pytest

from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import (
    Address,
    BytesReceived,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
)
from p2pchain.node.hosts import group_of
from p2pchain.node.limits import ADDRESSES_PER_SOURCE, INBOUND_MAX
from p2pchain.sim.host import Host, Power
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

ENEMY = "203.0"
HONEST = 20
ATTACKERS = 80
OUTBOUND = 8
INVENTED = 10_000


class Attacker:
    """One of many machines in one group: answers whoever dials it, and tells of nothing but its own kind."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.address = Address(f"{ENEMY}.{number // 250}.{number % 250 + 1}", 4343)
        self.running = True
        self._stage = stage
        self._number = number
        self._wires: dict[int, Connection] = {}
        self._hello = stage.stranger("198.51.100.1").hello
        stage.links.join(self)

    def post(self, event: Event) -> None:
        if isinstance(event, ConnectionOpened):
            self._wires[event.connection] = Connection(Role.PEER)
            self._say(event.connection, self._hello(node=self.address.host.encode().ljust(16)))
        elif isinstance(event, ConnectionClosed):
            self._wires.pop(event.connection, None)
        elif isinstance(event, BytesReceived) and event.connection in self._wires:
            for incoming in self._wires[event.connection].receive(event.data):
                self._answer(event.connection, incoming.message)

    def flood(self) -> None:
        """Tell all that it has invented, on every connection."""
        for connection in self._wires:
            for first in range(0, INVENTED, 100):
                self._say(connection, self._inventions(first))

    def _answer(self, connection: int, message: Message) -> None:
        if isinstance(message, Ping):
            self._say(connection, Pong(nonce=message.nonce))
        elif isinstance(message, GetPeers):
            self._say(connection, self._inventions(100 * self._number % INVENTED))

    def _inventions(self, first: int) -> PeersMessage:
        return PeersMessage(
            addresses=tuple(
                (f"{ENEMY}.{number // 250}.{number % 250 + 1}", 4343) for number in range(first, first + 100)
            )
        )

    def _say(self, connection: int, message: Message) -> None:
        self._stage.links.send(self, connection, encode(message))


def host_at(stage: Stage, address: Address, *peers: Address) -> Host:
    config = NodeConfig(
        network=stage.network,
        listen=address,
        peers=peers,
        addresses=(),
        outbound_max=OUTBOUND,
        mining=MiningMode.OFF,
        miner=bytes(32),
        agent="host",
        node_id=bytes(16),
    )
    host = Host(stage.world, stage.links, config, Power(500))
    host.boot()
    return host


def found_by(host: Host) -> list[str]:
    """The groups of those that the host has dialled because it heard of them."""
    return [
        group_of(peer.address.host)
        for peer in host.node._parts.peers.nodes()
        if peer.direction is Direction.OUTBOUND and not peer.by_hand
    ]


@pytest.mark.parametrize("seed", range(2))
def test_a_flood_of_addresses_from_one_group_takes_one_place(seed: int) -> None:
    stage = Stage(seed)
    honest = [Address(f"{20 + number}.1.0.1", 4343) for number in range(HONEST)]
    for number, address in enumerate(honest):
        host_at(stage, address, *honest[: min(number, 1)])
    victim = host_at(stage, Address("198.18.0.1", 4343), honest[0])
    attackers = [Attacker(stage, number) for number in range(ATTACKERS)]
    stage.world.run_until(5_000)

    for _ in range(5):
        for attacker in attackers:
            stage.links.dial(attacker, victim.address)
        stage.world.run_until(stage.world.ticks_ms + 10_000)
        for attacker in attackers[:5]:
            attacker.flood()
        stage.world.run_until(stage.world.ticks_ms + 31_000)
        groups = found_by(victim)
        assert len(groups) == OUTBOUND
        assert max(Counter(groups).values()) == 1
        assert groups.count(ENEMY) <= 1
        victim.crash()
        victim.boot()

    book = victim.node._parts.addresses.book.saved()
    assert set(honest) <= {known.address for known in book}
    assert sum(known.source == ENEMY for known in book if not known.met_ms) <= ADDRESSES_PER_SOURCE
    assert victim.node._parts.peers.count(Direction.INBOUND) <= INBOUND_MAX


def test_the_inventions_of_an_attacker_go_no_further() -> None:
    stage = Stage()
    host = host_at(stage, Address("20.1.0.1", 4343))
    other = host_at(stage, Address("21.1.0.1", 4343), host.address)
    attacker = Attacker(stage, 1)
    stage.links.dial(attacker, host.address)
    stage.world.run_until(1_000)
    attacker.flood()
    stage.world.run_until(2_000)
    asker = stage.stranger("22.1.0.1")
    asker.dial(host)
    asker.greet()
    asker.say(GetPeers())
    asker.wait(500)

    assert len(host.node._parts.addresses.book) > 20
    (answer,) = asker.told(PeersMessage)
    assert set(answer.addresses) == {(each.address.host, 4343) for each in (attacker, other)}
