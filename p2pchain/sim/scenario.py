"""A scenario: the kind of world that it begins with, and what it does to it, round after round."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.sim.shape import Shape, usual
from p2pchain.sim.trial import Trial


@dataclass(frozen=True, slots=True)
class Scenario:
    """`disturb` makes one round of faults, and lets time pass; `shape` draws the world for a number of hosts."""

    name: str
    summary: str
    disturb: Callable[[Trial], None]
    shape: Callable[[random.Random, int], Shape] = usual
