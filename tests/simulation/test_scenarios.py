"""All scenarios, with a share of their seeds; what a seed decides is the same in every process."""

import os
import subprocess
import sys

import pytest

from p2pchain.sim.many import run_of
from p2pchain.sim.outcome import Run
from p2pchain.sim.runner import NODES, simulate

# So many worlds, dealt out to the scenarios in turn; with P2PCHAIN_TRIAL set, so many more, and two large ones.
TRIAL = bool(os.environ.get("P2PCHAIN_TRIAL"))
RUNS = [run_of(seed) for seed in range(1, 2_001 if TRIAL else 27)]
LARGE = [Run("calm", 7, 50, 200), Run("partition", 1, 1_000, 20)]
DIGEST = (
    "from p2pchain.sim.outcome import Run; from p2pchain.sim.runner import simulate;"
    "print(simulate(Run('partition', 7, 6, 6)).digest)"
)


@pytest.mark.parametrize("run", [*RUNS, *LARGE] if TRIAL else RUNS, ids=Run.command)
def test_a_world_comes_to_agree_and_loses_nothing(run: Run) -> None:
    outcome = simulate(run)
    assert outcome.height >= (run.blocks or 1)
    assert NODES[0] <= outcome.nodes <= (run.nodes or NODES[1])


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
