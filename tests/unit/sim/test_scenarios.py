"""All scenarios can be called by their names, and go with as few hosts as anybody may ask for."""

import importlib
import pkgutil
import random

import pytest

from p2pchain.sim import scenarios
from p2pchain.sim.hostile.boaster import Boaster
from p2pchain.sim.scenario import Scenario
from p2pchain.sim.scenarios import SCENARIOS, hostile
from p2pchain.sim.trial import Trial


def test_every_scenario_that_there_is_can_be_called() -> None:
    found = set()
    for module in pkgutil.iter_modules(scenarios.__path__):
        names = vars(importlib.import_module(f"p2pchain.sim.scenarios.{module.name}"))
        found |= {each.name for each in names.values() if isinstance(each, Scenario)}
    assert found == set(SCENARIOS)
    assert all(name == scenario.name for name, scenario in SCENARIOS.items())


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_hosts_are_enough(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile, "KINDS", (Boaster,))
    for seed in range(2):
        scenario = SCENARIOS[name]
        trial = Trial(seed, name, scenario.shape(random.Random(seed), 2))
        for _ in range(2):
            scenario.disturb(trial)
        trial.mend()
        assert len(trial.running) == 2
