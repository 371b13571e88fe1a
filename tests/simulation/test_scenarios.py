"""All scenarios, with a share of their seeds; what a seed decides is the same in every process."""

import os
import subprocess
import sys

import pytest

from p2pchain.sim.outcome import Run
from p2pchain.sim.runner import simulate
from p2pchain.sim.scenarios import SCENARIOS

SEEDS = range(1, 6)
DIGEST = (
    "from p2pchain.sim.outcome import Run; from p2pchain.sim.runner import simulate;"
    "print(simulate(Run('partition', 7, 6, 6)).digest)"
)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_world_comes_to_agree_and_loses_nothing(name: str, seed: int) -> None:
    run = Run(name, seed)
    outcome = simulate(run)
    assert outcome.run.command() == f"p2pchain simulate --scenario {name} --seed {seed}"
    assert outcome.height > 0


def test_two_processes_come_to_the_same_digest_whatever_their_hashes_are_salted_with() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2", "random")
    }
    assert len(digests) == 1
    assert digests == {simulate(Run("partition", 7, 6, 6)).digest + "\n"}
    assert simulate(Run("partition", 8, 6, 6)).digest + "\n" not in digests
