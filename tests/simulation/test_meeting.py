"""Two nodes meet: whoever dials, and however often, one connection stays, and who cannot talk is told why."""

from dataclasses import replace

import pytest

from p2pchain.chain.network import Network
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import Address, TimePassed
from p2pchain.sim.host import Host, Power
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.add_peer import AddPeer

ANN, BOB = Address("192.0.2.1", 4343), Address("198.51.100.1", 4343)


def place(stage: Stage, address: Address, network: Network | None = None) -> Host:
    config = NodeConfig(
        network=network or stage.network,
        listen=address,
        peers=(),
        addresses=(),
        outbound_max=8,
        mining=MiningMode.OFF,
        miner=bytes(32),
        agent="host",
        node_id=bytes(16),
    )
    host = Host(stage.world, stage.links, config, Power(500))
    host.boot()
    return host


def meet(stage: Stage) -> tuple[Host, Host]:
    """Two nodes that are told of each other at the same moment."""
    ann, bob = place(stage, ANN), place(stage, BOB)
    for host, other in ((ann, BOB), (bob, ANN)):
        host.ask(AddPeer(address=str(other)))
    stage.world.run_until(10_000)
    return ann, bob


def connections(host: Host) -> list[str]:
    return [peer.direction.value for peer in host.node._parts.peers.all() if not peer.is_control]


@pytest.mark.parametrize("seed", range(50))
def test_two_nodes_that_dial_each_other_at_once_keep_one_connection(seed: int) -> None:
    stage = Stage(seed)
    ann, bob = meet(stage)
    assert sorted([*connections(ann), *connections(bob)]) == ["inbound", "outbound"]
    greater = ann if id_of(ann) > id_of(bob) else bob
    crossed = any("duplicate_connection" in line for host in (ann, bob) for line in host.reports)
    assert not crossed or connections(greater) == ["outbound"]
    told = len(ann.reports) + len(bob.reports)
    stage.world.run_until(300_000)
    assert sorted([*connections(ann), *connections(bob)]) == ["inbound", "outbound"]
    assert len(ann.reports) + len(bob.reports) == told


def id_of(host: Host) -> bytes:
    return host.node._parts.connections._handshake._config.node_id


def test_some_of_them_crossed_and_were_told() -> None:
    told = 0
    for seed in range(50):
        hosts = meet(Stage(seed))
        told += any("duplicate_connection" in line for host in hosts for line in host.reports)
    assert told > 10


def test_nodes_of_two_networks_are_told_and_neither_is_dialled_for_hearsay() -> None:
    stage = Stage()
    ann = place(stage, ANN)
    bob = place(stage, BOB, replace(stage.network, name="another"))
    ann.node._parts.addresses.book.hear(BOB, "203.0", ann.now())
    ann.post(TimePassed())
    stage.world.run_until(60_000)
    assert [line for line in ann.reports if "other_network" in line]
    assert sum("other_network" in line for line in (*ann.reports, *bob.reports)) <= 4
    assert ann.node._parts.bans.is_discouraged(BOB.host)
    assert (connections(ann), connections(bob)) == ([], [])
