"""Runs one world from its beginning to the last look of its checkers."""

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager

from p2pchain.node.limits import PING_INTERVAL_MS, REDIAL_MAX_MS, SILENCE_MAX_MS
from p2pchain.sim.outcome import Outcome, Run, outcome
from p2pchain.sim.scenarios import SCENARIOS
from p2pchain.sim.trial import Trial

# How many hosts a seed draws, few of them more often than many, and how many blocks there are to be before the faults
# end, where nobody says.
NODES = (5, 30)
BLOCKS = (6, 18)

RECORDS_A_ROUND = 8

# Rounds that may pass without the blocks that are wanted: some scenarios hardly let anybody mine.
ROUNDS_MAX = 20

MEET_MS = 3_000
MINE_ON_BLOCKS = (0.5, 4)
SETTLE_MS = 10_000

# After the last fault: so long until a dead connection is given up and dialled again, and so many blocks more.
REJOIN_MS = SILENCE_MAX_MS + PING_INTERVAL_MS + 2 * REDIAL_MAX_MS
AGREE_WITHIN_BLOCKS = 20


def simulate(run: Run) -> Outcome:
    """Run a world.

    Raises:
        Finding: a checker found something.
    """
    with _collecting_nothing():
        return _simulate(run)


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Leave reference cycles be: a world makes few of them before it ends, and looking for them costs a sixth more.

    All that it made is young then, and goes at the first look afterwards.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _simulate(run: Run) -> Outcome:
    scenario = SCENARIOS[run.scenario]
    rng = random.Random(f"{run.scenario} {run.seed} shape")
    drawn_nodes = NODES[0] + int((NODES[1] - NODES[0] + 1) * rng.random() ** 2)
    drawn_blocks = rng.randint(*BLOCKS)
    nodes = run.nodes if run.nodes is not None else drawn_nodes
    blocks = run.blocks if run.blocks is not None else drawn_blocks
    trial = Trial(run.seed, run.scenario, scenario.shape(rng, nodes))
    world = trial.cluster.world
    world.run_for(MEET_MS)
    rounds = 0
    while trial.height < blocks and rounds < ROUNDS_MAX + blocks:
        rounds += 1
        trial.submit(trial.rng.randint(1, RECORDS_A_ROUND))
        scenario.disturb(trial)
    trial.mend()
    within_ms = round(REJOIN_MS + trial.skew_max_ms + AGREE_WITHIN_BLOCKS * trial.cluster.shape.spacing_ms)
    agreed_ms = agree(trial, within_ms)
    trial.finish()
    return outcome(run, trial, agreed_ms, within_ms)


def agree(trial: Trial, within_ms: int) -> int:
    """Give all hosts time to agree; gives the time after which they first did.

    Where they mine always, they mine on for a while, and then have to agree at rest.
    """
    cluster, world = trial.cluster, trial.cluster.world
    begun_ms = world.ticks_ms
    world.run_until_true(cluster.one_tip, within_ms)
    agreed_ms = world.ticks_ms - begun_ms
    if cluster.shape.settles:
        cluster.run_until_agreed(within_ms)
    else:
        trial.pass_time(*MINE_ON_BLOCKS)
        trial.stop_mining()
        world.run_until_true(cluster.one_tip, within_ms)
    world.run_for(SETTLE_MS)
    return agreed_ms
