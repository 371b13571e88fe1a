"""Many worlds on all cores: each in a process of its own, in the order in which they end."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2pchain.sim.finding import Finding
from p2pchain.sim.outcome import Outcome, Run
from p2pchain.sim.runner import simulate
from p2pchain.sim.scenarios import SCENARIOS


@dataclass(frozen=True, slots=True)
class Failure:
    """A run in which a checker found something, or the program itself failed: `checker` is then the error's name."""

    run: Run
    checker: str
    what: str


def run_of(seed: int, nodes: int | None = None, blocks: int | None = None) -> Run:
    """Give the run of a seed where all scenarios take turns."""
    names = list(SCENARIOS)
    return Run(names[seed % len(names)], seed, nodes, blocks)


def attempt(run: Run) -> Outcome | Failure:
    """Run a world, and give what came of it, whatever that is."""
    try:
        return simulate(run)
    except Finding as finding:
        return Failure(run, finding.checker, finding.what)
    except Exception as error:  # noqa: BLE001  # a fault of the node's code is what a simulation looks for
        return Failure(run, type(error).__name__, str(error) or "without a word")


def attempt_all(runs: Sequence[Run], processes: int | None = None) -> Iterator[Outcome | Failure]:
    """Run many. They are started anew rather than forked, so that nothing of one process decides in another."""
    count = min(processes or os.cpu_count() or 1, len(runs))
    if count <= 1:
        yield from map(attempt, runs)
        return
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        yield from pool.imap_unordered(attempt, runs)
