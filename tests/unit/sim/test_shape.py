"""What worlds are like: valid networks, hosts of all shares of the hash rate, lines of all kinds."""

import random

import pytest

from p2pchain.chain.network import Network
from p2pchain.chain.target import target_of, work_of
from p2pchain.node.config import MiningMode
from p2pchain.sim.shape import (
    HASHES_AT_FIRST,
    SPACING_MS,
    hashes_per_second,
    retargeting_network,
    shares,
    simulated_network,
    usual,
)


@pytest.mark.parametrize("network", [simulated_network(), retargeting_network(5_000, 6)])
def test_a_network_is_one_that_a_file_can_hold(network: Network) -> None:
    assert Network.parse(network.to_toml()) == network


def test_a_retargeting_network_starts_where_it_can_get_easier_no_more() -> None:
    network = retargeting_network(5_000, 6)
    assert work_of(target_of(network.bits)) == pytest.approx(HASHES_AT_FIRST, rel=0.02)
    assert (network.spacing, network.half_life) == (5_000, 30_000)


def test_shares_are_of_one_whole_and_unlike() -> None:
    drawn = shares(random.Random(1), 20)
    assert sum(drawn) == pytest.approx(1)
    assert min(drawn) > 0
    assert max(drawn) > 3 / 20


def test_the_usual_worlds_differ_and_each_is_its_seed_s() -> None:
    worlds = [usual(random.Random(seed), 6) for seed in range(60)]
    assert worlds == [usual(random.Random(seed), 6) for seed in range(60)]
    assert {world.mining for world in worlds} == {MiningMode.AUTO, MiningMode.ALWAYS}
    assert len({world.wiring for world in worlds}) > 10
    assert len({world.latency_ms for world in worlds}) == 3
    for world in worlds:
        assert world.count == 6
        assert world.settles == (world.network.retarget == "none")
        assert SPACING_MS[0] <= world.spacing_ms <= SPACING_MS[1]
        if not world.settles:
            assert world.network.spacing == world.spacing_ms


def test_all_hosts_together_find_a_block_in_the_mean_time() -> None:
    world = usual(random.Random(1), 6)
    together = sum(1 / world.search_ms(number) for number in range(6))
    assert 1 / together == pytest.approx(world.spacing_ms)
    assert hashes_per_second(world) * world.spacing_ms / 1_000 == pytest.approx(world.network.genesis.work)
