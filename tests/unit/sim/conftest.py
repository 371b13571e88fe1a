"""Fresh worlds for the tests of the simulator itself."""

import pytest

from p2pchain.sim.cluster import Cluster
from p2pchain.sim.stage import Stage
from p2pchain.sim.world import World


@pytest.fixture
def world() -> World:
    return World(1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def agreed() -> Cluster:
    """Two hosts whose chains hold one record each handed in."""
    cluster = Cluster(1, 2)
    cluster.submit(0, "one")
    cluster.submit(1, "two")
    assert cluster.run_until_agreed()
    return cluster
