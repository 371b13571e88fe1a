"""Small worlds on which scenarios make their faults, round after round."""

import random
from collections.abc import Callable, Iterator
from unittest.mock import patch

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial

NODES = 6


def begin(scenario: Scenario, seed: int = 1, *, mining: bool = False) -> Trial:
    """Begin a world of a scenario, whose hosts have met. Without blocks it takes less time to play."""
    trial = Trial(seed, scenario.name, scenario.shape(random.Random(seed), NODES))
    if not mining:
        trial.stop_mining()
    trial.cluster.world.run_for(3_000)
    return trial


def play(trial: Trial, scenario: Scenario, count: int = 12, *, hurry: int = 8) -> Iterator[int]:
    """Make rounds of faults; gives after each how much time it wanted to pass, in ms. Only a part of it passes."""
    world, waits = trial.cluster.world, list[int]()
    run_for = world.run_for

    def run_less(ms: int) -> None:
        waits.append(ms)
        run_for(ms // hurry)

    with patch.object(world, "run_for", run_less):
        for _ in range(count):
            scenario.disturb(trial)
            yield sum(waits)
            waits.clear()


def handed_in(trial: Trial) -> int:
    """Count the records that were handed in at any host."""
    return sum(len(host.client.submitted) for host in trial.hosts)


def calls_of(trial: Trial, name: str) -> list[tuple[object, ...]]:
    """List from now on with whom something is asked of the network."""
    links, calls = trial.cluster.links, list[tuple[object, ...]]()
    ask: Callable[..., None] = getattr(links, name)

    def noted(*whom: object) -> None:
        calls.append(whom)
        ask(*whom)

    setattr(links, name, noted)
    return calls
