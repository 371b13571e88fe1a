"""Hosts know one other at the start, find the rest by gossip, and come and go all the time."""

import random
from dataclasses import replace

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.shape import Shape, usual
from p2pchain.sim.topology import introduced
from p2pchain.sim.trial import Trial

OUTBOUND = 4


def shape(rng: random.Random, count: int) -> Shape:
    """Draw a world in which each dials one that was there before it."""
    return replace(usual(rng, count), wiring=introduced(rng, count), outbound_max=OUTBOUND)


def disturb(trial: Trial) -> None:
    """Let some go and others come, again and again, while records come in."""
    for _ in range(trial.rng.randint(1, 4)):
        host = trial.rng.choice(trial.hosts)
        if host.running and len(trial.running) > len(trial.hosts) // 2:
            trial.stop(host)
        else:
            trial.boot(host)
        trial.submit(2)
        trial.pass_time(0, 0.7)


CHURN = Scenario("churn", "hosts find each other by gossip, and come and go", disturb, shape)
