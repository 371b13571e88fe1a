"""Everything at once: each round makes the faults of another scenario, while those of earlier ones go on."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.scenarios import (
    churn,
    clocks,
    crashes,
    full_disks,
    half_open,
    partition,
    slow,
    swizzle,
)
from p2pchain.sim.trial import Trial

FAULTS = tuple(
    each.disturb for each in (churn, clocks, crashes, full_disks, half_open, partition, slow, swizzle)
)
RELIEF = 0.25


def disturb(trial: Trial) -> None:
    """Make one kind of fault; now and then end all."""
    if trial.rng.random() < RELIEF:
        trial.mend()
    trial.rng.choice(FAULTS)(trial)


STORM = Scenario("storm", "all of these at once", disturb, churn.shape)
