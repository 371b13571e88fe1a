"""A fresh world for each test of the node's parts."""

import pytest

from p2pchain.sim.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()
