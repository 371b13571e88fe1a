"""Five nodes in one process, with delays, cut links and crashes decided by a seed: they always come to agree."""

import pytest

from p2pchain.sim.checkers import check_chain, check_events, check_records
from p2pchain.sim.cluster import Cluster

SEEDS = range(200)
NODES = 5


@pytest.mark.parametrize("seed", SEEDS)
def test_five_nodes_agree_after_cuts_and_crashes(seed: int) -> None:
    cluster = Cluster(seed, NODES)
    rng = cluster.world.rng
    for round_ in range(6):
        for number in range(NODES):
            if cluster.hosts[number].running and rng.random() < 0.7:
                cluster.submit(number, f"record {round_} of {number}")
        fault = rng.choice(["cut", "cut", "crash", "heal", "none"])
        if fault == "cut":
            side = rng.sample(range(NODES), rng.randint(1, NODES - 1))
            cluster.cut_between(side, [number for number in range(NODES) if number not in side])
        elif fault == "heal":
            cluster.links.heal()
        elif fault == "crash":
            crash_and_boot(cluster, rng.randrange(NODES))
        cluster.world.run_until(cluster.world.ticks_ms + rng.randint(50, 5_000))
    cluster.links.heal()

    assert cluster.run_until_agreed(), replay(seed, "no agreement")
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_events(host)


@pytest.mark.parametrize("seed", range(20))
def test_records_of_both_sides_of_a_cut_are_in_the_chain_once(seed: int) -> None:
    cluster = Cluster(seed, 4)
    assert cluster.world.run_until_true(lambda: _connected(cluster), 10_000), replay(seed, "not connected")
    cluster.cut_between([0, 1], [2, 3])
    for number in range(40):
        cluster.submit(number % 4, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 300)
    assert cluster.hosts[0].tip != cluster.hosts[2].tip
    cluster.links.heal()

    assert cluster.run_until_agreed(), replay(seed, "no agreement")
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_records(cluster, host)
        check_events(host)


def test_two_runs_of_one_seed_are_one_and_the_same() -> None:
    assert _tips(7) == _tips(7)
    assert _tips(7) != _tips(8)


def crash_and_boot(cluster: Cluster, number: int) -> None:
    """Crash a host in the middle of whatever it does, and start it again a little later."""
    host = cluster.hosts[number]
    host.crash()
    cluster.world.run_until(cluster.world.ticks_ms + cluster.world.rng.randint(1, 2_000))
    host.boot()


def replay(seed: int, what: str) -> str:
    """Say how to run a failing seed again."""
    return f"seed {seed}: {what}; replay: .venv/bin/python -m pytest tests/simulation -k '[{seed}]'"


def _connected(cluster: Cluster) -> bool:
    now = cluster.hosts[0].now()
    return all(host.node.status(now).peers >= 2 for host in cluster.hosts)


def _tips(seed: int) -> list[str]:
    cluster = Cluster(seed, 3)
    for number in range(12):
        cluster.submit(number % 3, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 500)
    assert cluster.run_until_agreed()
    return [host.tip.hex() for host in cluster.hosts]
