"""All scenarios, one a file, by name."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.scenarios.calm import CALM
from p2pchain.sim.scenarios.partition import PARTITION

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (CALM, PARTITION)}
