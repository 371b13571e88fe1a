"""The hash rate rises and falls, and for a while nobody mines: the target follows."""

import random
from dataclasses import replace

from p2pchain.node.config import MiningMode
from p2pchain.sim.scenario import Scenario
from p2pchain.sim.shape import Shape, retargeting_network, usual
from p2pchain.sim.trial import Trial

HALF_LIFE_BLOCKS = 6
FACTORS = (0.1, 0.3, 1, 3, 8)
PAUSE_BLOCKS = 100


def shape(rng: random.Random, count: int) -> Shape:
    """Draw a world whose target moves within a few blocks."""
    drawn = usual(rng, count)
    network = retargeting_network(round(drawn.spacing_ms), HALF_LIFE_BLOCKS)
    return replace(drawn, network=network, mining=MiningMode.ALWAYS)


def disturb(trial: Trial) -> None:
    """Multiply the hash rate of all, or let nobody mine for longer than the rule counts."""
    factor = trial.rng.choice(FACTORS)
    trial.note("hash rate changed")
    trial.set_hash_rate(factor)
    trial.pass_time(1, 6)
    if trial.rng.random() < 0.15:
        trial.note("nobody mined")
        trial.stop_mining()
        trial.pass_time(1, PAUSE_BLOCKS)
        trial.set_hash_rate(factor)
        trial.pass_time(1, 3)


RETARGET = Scenario("retarget", "the hash rate rises and falls, and the target follows", disturb, shape)
