"""`p2pchain simulate`: many nodes in one process, with faults, all decided by a seed."""

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import click

from p2pchain.cli.output import print_pairs
from p2pchain.errors import UsageError

if TYPE_CHECKING:
    from p2pchain.sim.many import Failure
    from p2pchain.sim.outcome import Outcome, Run

ALL = "all"
NODES_MAX = 10_000
BLOCKS_MAX = 100_000
SEEDS_MAX = 1_000_000
SEED_DIGITS_MAX = 18
SEEDS_SHOWN = 60


@click.command("simulate", short_help="Try many nodes in one process, with faults drawn by a seed.")
@click.option("--scenario", default=ALL, show_default=True, help="What goes wrong; `list` names them all.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="What decides everything.")
@click.option("--seeds", metavar="A..B", help="Many seeds on all cores, dealt out to the scenarios in turn.")
@click.option("--nodes", type=click.IntRange(2, NODES_MAX), help="How many nodes.  [default: 5 to 30, drawn]")
@click.option(
    "--blocks", type=click.IntRange(1, BLOCKS_MAX), help="How long a chain.  [default: 6 to 18, drawn]"
)
def command(scenario: str, seed: int, seeds: str | None, nodes: int | None, blocks: int | None) -> None:
    """Try many nodes in one process, under a virtual clock; all that happens is decided by the seed.

    Checkers watch that no rule is broken and nothing acknowledged is lost, and that all agree in the end. What they
    find is printed with the command that replays it, and the exit code is 1.
    """
    from p2pchain.sim.many import run_of
    from p2pchain.sim.outcome import Run
    from p2pchain.sim.scenarios import SCENARIOS

    if scenario == "list":
        print_pairs((each.name, each.summary) for each in SCENARIOS.values())
        return
    if scenario not in (ALL, *SCENARIOS):
        raise UsageError(f"a scenario: {ALL}, {', '.join(SCENARIOS)}", scenario)
    if seeds is not None:
        each_run = run_of if scenario == ALL else partial(Run, scenario)
        _many([each_run(each, nodes, blocks) for each in _range_of(seeds)])
        return
    names = list(SCENARIOS) if scenario == ALL else [scenario]
    failed = [not _one(Run(name, seed, nodes, blocks)) for name in names]
    if any(failed):
        sys.exit(1)


def _range_of(seeds: str) -> range:
    first, dots, last = seeds.partition("..")
    are_numbers = all(each.isdecimal() and len(each) <= SEED_DIGITS_MAX for each in (first, last))
    if not (dots and are_numbers and 0 <= int(last) - int(first) < SEEDS_MAX):
        expected = f"seeds as A..B, {SEEDS_MAX:,} at most"
        raise UsageError(expected, seeds[:SEEDS_SHOWN], "give for example --seeds 1..200")
    return range(int(first), int(last) + 1)


def _one(run: "Run") -> bool:
    """Run one world and print what came of it; says whether it held."""
    from p2pchain.sim.many import Failure, attempt

    began = time.monotonic()
    outcome = attempt(run)
    if isinstance(outcome, Failure):
        _tell(outcome)
        return False
    print_pairs(_rows(outcome, time.monotonic() - began))
    click.echo()
    return True


def _many(runs: "list[Run]") -> None:
    """Run many worlds; a line for each that failed, then a summary."""
    from p2pchain.sim.many import Failure, attempt_all

    began = time.monotonic()
    failures = nodes = blocks = agreed_ms = 0
    for outcome in attempt_all(runs):
        if isinstance(outcome, Failure):
            failures += 1
            _tell(outcome)
            continue
        nodes += outcome.nodes
        blocks += outcome.height
        agreed_ms = max(agreed_ms, outcome.agreed_ms)
    click.echo(
        f"{len(runs):,} worlds in {time.monotonic() - began:.0f} s, {failures:,} failed; in the others {nodes:,} nodes,"
        f" {blocks:,} blocks, agreement {agreed_ms / 1000:.1f} s after the last fault at the latest"
    )
    if failures:
        sys.exit(1)


def _tell(failure: "Failure") -> None:
    click.echo(f"FAILED {failure.checker}: {failure.what}; replay: {failure.run.command()}")


def _rows(outcome: "Outcome", wall_s: float) -> list[tuple[str, object]]:
    """Give an outcome as names and values."""
    faults = ", ".join(f"{count} {name}" for name, count in outcome.faults) or "none"
    depths = ", ".join(f"{count:,} of depth {depth}" for depth, count in outcome.reorganisations) or "none"
    stale = 100 * outcome.stale / max(outcome.height + outcome.stale, 1)
    within_s = outcome.agree_within_ms // 1000
    records = (
        f"{outcome.submitted:,} handed in, {outcome.acknowledged:,} acknowledged, {outcome.chained:,} in the chain,"
        f" {outcome.refused:,} refused, {outcome.evicted:,} evicted"
    )
    return [
        ("scenario", f"{outcome.run.scenario}, seed {outcome.run.seed}"),
        ("nodes", f"{outcome.nodes:,}, mining {outcome.mining}, {outcome.spacing_ms / 1000:.1f} s a block"),
        ("faults", faults),
        (
            "time",
            f"{outcome.virtual_ms / 1000:,.0f} s virtual, {wall_s:.1f} s real, {outcome.events:,} events",
        ),
        ("agreement", f"{outcome.agreed_ms / 1000:.1f} s after the last fault ({within_s:,} s allowed)"),
        ("blocks", f"{outcome.height:,} in the chain, {outcome.stale:,} stale ({stale:.0f} %)"),
        ("reorganised", depths),
        ("records", records),
        ("bytes sent", f"{outcome.bytes_mean:,} a node, {outcome.bytes_most:,} at most"),
        ("digest", outcome.digest),
    ]
