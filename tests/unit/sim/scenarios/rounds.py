"""Small worlds on which scenarios make their faults, round after round."""

import random
from collections.abc import Callable, Iterator

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


def play(trial: Trial, scenario: Scenario, count: int = 12) -> Iterator[int]:
    """Make rounds of faults; gives after each for how long it let time pass, in ms."""
    for _ in range(count):
        begun_ms = trial.cluster.world.ticks_ms
        scenario.disturb(trial)
        yield trial.cluster.world.ticks_ms - begun_ms


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
