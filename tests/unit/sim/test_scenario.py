"""A scenario that says nothing of its world has the usual one."""

import random

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.shape import usual


def test_a_world_is_the_usual_one_where_nothing_else_is_said() -> None:
    scenario = Scenario("a name", "what goes wrong", lambda _: None)
    assert scenario.shape(random.Random(1), 5) == usual(random.Random(1), 5)
