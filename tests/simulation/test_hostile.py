"""One hostile node among honest ones: they agree, lose nothing, and hold no more than they may."""

from collections import Counter

import pytest

from p2pchain.node import limits
from p2pchain.node.events import Address
from p2pchain.sim.checkers import check_chain, check_events
from p2pchain.sim.cluster import PORT, Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.hostile.boaster import Boaster
from p2pchain.sim.hostile.deaf import Deaf
from p2pchain.sim.hostile.flooder import Flooder
from p2pchain.sim.hostile.forger import Forger
from p2pchain.sim.hostile.header_flooder import HeaderFlooder
from p2pchain.sim.hostile.header_teller import HeaderTeller
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.hostile.mutator import Mutator
from p2pchain.sim.hostile.namer import Namer
from p2pchain.sim.hostile.withholder import Withholder
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

NODES = 5
LONELY = 4
RECORDS = 24

# What passes between the last fault and agreement, in virtual time.
AGREED_WITHIN_MS = 60_000

# What each kind can be told goodbye for; where there is nothing, what it does proves no fault.
PROVABLE: dict[type[Hostile], set[str]] = {
    Boaster: {"headers_timeout"},
    HeaderTeller: {"unconnected_headers", "withheld_bodies"},
    Withholder: set(),
    Mutator: {"wrong_merkle_root", "content_mismatch", "malformed_block"},
    Flooder: set(),
    Forger: {"invalid_signature"},
    Namer: set(),
    Deaf: {"headers_timeout", "silent", "too_much_asked"},
    HeaderFlooder: {"too_many_headers"},
}
BANNED = {Mutator, Forger}


def replay(seed: int, what: str) -> str:
    """Say how to run a failing seed again."""
    return f"seed {seed}: {what}; replay: .venv/bin/python -m pytest tests/simulation/test_hostile.py -k '{seed}-'"


def check_bounds(host: Host) -> None:
    """Check what a host holds in memory for others against the limits."""
    parts = host.node._parts
    assert len(parts.ledger.tree) <= limits.TREE_MAX
    assert parts.bodies.held_bytes <= limits.BODIES_HELD_BYTES
    assert len(parts.mempool) <= limits.MEMPOOL_COUNT_MAX
    named = len(parts.fetch._named)
    assert named <= (limits.NAMED_PER_PEER + limits.TXS_IN_FLIGHT_PER_PEER) * len(parts.peers)
    assert len(parts.contents._searches) <= limits.CONTENTS_SEARCHES
    for peer in parts.peers.all():
        assert len(peer.serving) <= limits.SERVE_QUEUE_MAX
        assert len(peer.questions) <= limits.QUESTIONS_MAX
        assert len(peer.txs_wanted) <= limits.TXS_ASKED_MAX
        assert len(peer.known_txs) <= limits.KNOWN_TXS_PER_PEER
        assert len(peer.asked_blocks) <= limits.BLOCKS_IN_FLIGHT_PER_PEER
        assert peer.intake_bytes <= limits.INTAKE_BYTES_HIGH + limits.RELAY_BYTES_PER_MESSAGE


def times_chained(host: Host) -> Counter[bytes]:
    """Count how often each transaction stands in a host's chain."""
    return Counter(each.txid for block in host.disk.blocks() for each in block.transactions)


def is_done(cluster: Cluster) -> bool:
    """Whether all have one tip, and what honest authors sent is in its chain."""
    if len({host.tip for host in cluster.hosts}) > 1:
        return False
    chained = times_chained(cluster.hosts[0])
    return all(each.txid in chained for each in cluster.submitted)


def run(cluster: Cluster) -> None:
    """Hand records in for a while; meanwhile one host sees nobody but the hostile node."""
    others = [number for number in range(NODES) if number != LONELY]
    for number in range(RECORDS):
        if number == RECORDS // 4:
            cluster.cut_between([LONELY], others)
        cluster.submit(number % NODES, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 300)
        for host in cluster.hosts:
            check_bounds(host)
    cluster.links.heal()


@pytest.mark.parametrize("kind", PROVABLE)
@pytest.mark.parametrize("seed", range(3))
def test_honest_nodes_agree_beside(seed: int, kind: type[Hostile]) -> None:
    cluster = Cluster(seed, NODES)
    hostile = kind(cluster.world, cluster.links, cluster.network, Address("192.0.2.1", PORT))
    hostile.dial(cluster.hosts)
    run(cluster)

    assert cluster.world.run_until_true(lambda: is_done(cluster), AGREED_WITHIN_MS), replay(
        seed, "no agreement"
    )
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_events(host)
        check_bounds(host)
        chained = times_chained(host)
        assert {chained[each.txid] for each in cluster.submitted} == {1}, replay(seed, "records")
    told = set(hostile.farewells)
    assert told - PROVABLE[kind] <= ({"banned"} if kind in BANNED else set()), replay(seed, str(told))
    assert ("banned" in told) == (kind in BANNED), replay(seed, str(told))


@pytest.mark.parametrize("kind", PROVABLE)
def test_one_that_was_added_by_hand_is_no_better_and_is_not_banned(kind: type[Hostile]) -> None:
    cluster = Cluster(77, NODES)
    hostile = kind(cluster.world, cluster.links, cluster.network, Address("192.0.2.1", PORT))
    for host in cluster.hosts:
        host.ask(AddPeer(address=str(hostile.address)))
    run(cluster)

    assert cluster.world.run_until_true(lambda: is_done(cluster), AGREED_WITHIN_MS), replay(
        77, "no agreement"
    )
    assert hostile.connections or hostile.farewells
    assert "banned" not in hostile.farewells


def test_all_kinds_at_once() -> None:
    seed = 5
    cluster = Cluster(seed, NODES)
    hostiles = [
        kind(cluster.world, cluster.links, cluster.network, Address(f"192.0.2.{number}", PORT))
        for number, kind in enumerate(PROVABLE, start=1)
    ]
    for hostile in hostiles:
        hostile.dial(cluster.hosts)
    run(cluster)

    assert cluster.world.run_until_true(lambda: is_done(cluster), 2 * AGREED_WITHIN_MS), replay(
        seed, "no agreement"
    )
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_events(host)
        check_bounds(host)


def test_a_client_is_told_what_is_forged_but_not_without_end() -> None:
    stage = Stage()
    host, client = stage.host(), stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    forger = Forger(stage.world, stage.links, stage.network, Address("192.0.2.99", PORT))
    forged = [forger._record().encode() for _ in range(limits.FORGED_BY_CLIENT_MAX)]
    client.say(NewTx(transactions=tuple(forged[:-1]), ack=True))
    client.wait(200)
    (answer,) = client.told(GotTx)
    assert set(answer.codes) == {"invalid_signature"}
    assert not client.closed
    client.say(NewTx(transactions=tuple(forged[-1:]), ack=True))
    client.wait(200)
    assert client.farewell() == "invalid_signature"
