"""Disks that fill up and are emptied again while nodes mine and reorganise: no node falls behind for good."""

import pytest

from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.sim.checkers import check_chain, check_events
from p2pchain.sim.cluster import Cluster

NODES = 4


@pytest.mark.parametrize("seed", range(20))
def test_nodes_agree_again_after_their_disks_were_full(seed: int) -> None:
    cluster = Cluster(seed, NODES, mean_search_ms=400)
    rng = cluster.world.rng
    for round_ in range(10):
        for number in range(NODES):
            cluster.submit(number, f"record {round_} of {number}")
        # By then the records are on disk: what it refuses first is a block.
        cluster.world.run_until(cluster.world.ticks_ms + rng.randint(100, 500))
        host = cluster.hosts[rng.randrange(NODES)]
        host.disk_full = not host.disk_full
        if rng.random() < 0.3:
            cluster.cut_between([0, 1], [2, 3])
        elif rng.random() < 0.5:
            cluster.links.heal()
        cluster.world.run_until(cluster.world.ticks_ms + rng.randint(100, 4_000))
    for host in cluster.hosts:
        host.disk_full = False
    cluster.links.heal()
    cluster.world.run_until(cluster.world.ticks_ms + 2 * STORE_PROBE_MS)

    assert cluster.run_until_agreed(), f"seed {seed}: no agreement"
    refused = any("accepting and mining nothing" in line for host in cluster.hosts for line in host.reports)
    assert refused, f"seed {seed}: no disk was full in earnest"
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_events(host)
        assert host.node.status(host.now()).store == "ok"


def test_what_came_from_peers_while_the_disk_was_full_comes_again() -> None:
    cluster = Cluster(1, 2)
    miner, other = cluster.hosts
    other.power.mean_search_ms = 10**9
    cluster.world.run_until(5_000)
    miner.disk_full = True
    record = cluster.submit(1, "sent while the only miner's disk was full")
    cluster.world.run_until(cluster.world.ticks_ms + 5_000)
    assert other.disk.pending() == [record]
    assert miner.disk.pending() == []
    miner.disk_full = False
    assert cluster.run_until_agreed()
    assert [each for block in miner.disk.blocks() for each in block.transactions] == [record]
