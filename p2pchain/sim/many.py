"""Many worlds on all cores: each in a process of its own, in the order in which they end."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from p2pchain.errors import LocalError
from p2pchain.sim.finding import Finding
from p2pchain.sim.outcome import Outcome, Run
from p2pchain.sim.runner import simulate
from p2pchain.sim.scenarios import SCENARIOS

# How often it is looked whether all processes are still there.
LOOK_EVERY_S = 1.0


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
    """Run many. They are started anew rather than forked, so that nothing of one process decides in another.

    Raises:
        LocalError: a process was killed, and what it ran is lost.
    """
    count = min(processes or os.cpu_count() or 1, len(runs))
    if count <= 1:
        yield from map(attempt, runs)
        return
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        workers = multiprocessing.active_children()
        outcomes = pool.imap_unordered(attempt, runs)
        for _ in runs:
            yield _next(outcomes.next, workers)


def _next(wait: Callable[[float], Outcome | Failure], workers: Sequence[BaseProcess]) -> Outcome | Failure:
    """Wait for an outcome: for that of a process that is gone, a pool would wait for ever."""
    while True:
        try:
            return wait(LOOK_EVERY_S)
        except multiprocessing.TimeoutError:
            if not all(worker.is_alive() for worker in workers):
                remedy = "try fewer nodes, or one seed at a time: the memory may be too small"
                raise LocalError("every process to go on", "one that was killed", remedy) from None
