"""`p2pchain simulate` prints what came of its worlds, and of a failure the command that replays it."""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from p2pchain.cli.main import EXIT_REFUSED, EXIT_USAGE, main
from p2pchain.cli.simulate import command
from p2pchain.sim import many
from p2pchain.sim.finding import Finding
from p2pchain.sim.many import Failure, attempt
from p2pchain.sim.outcome import Outcome, Run
from p2pchain.sim.runner import BLOCKS, NODES
from p2pchain.sim.scenarios import SCENARIOS
from p2pchain.sim.scenarios.calm import CALM
from p2pchain.sim.trial import Trial

SMALL = ("--nodes", "2", "--blocks", "1")
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run the command line; gives its exit code, and what it printed and complained of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["p2pchain", "simulate", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checker find something wherever nothing should go wrong."""

    def fail(trial: Trial) -> None:
        raise Finding("TipsAgree", f"{len(trial.hosts)} tips")

    monkeypatch.setitem(SCENARIOS, "calm", replace(CALM, disturb=fail))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Run all worlds in this process, and list them."""
    ran: list[Run] = []

    def attempt_here(runs: Sequence[Run]) -> Iterator[Outcome | Failure]:
        ran.extend(runs)
        yield from map(attempt, runs)

    monkeypatch.setattr(many, "attempt_all", attempt_here)
    return ran


def test_a_world_is_reported_and_the_same_again(said: Said) -> None:
    code, first, complaint = said("--scenario", "calm", "--seed", "4", *SMALL)
    rows = dict(line.split(maxsplit=1) for line in first.splitlines() if line)
    outcome = attempt(Run("calm", 4, 2, 1))
    assert isinstance(outcome, Outcome)
    assert (code, complaint) == (0, "")
    assert rows["scenario"] == "calm, seed 4"
    assert rows["faults"] == "none"
    assert rows["blocks"].startswith(f"{outcome.height} in the chain, {outcome.stale} stale")
    assert rows["records"].startswith(f"{outcome.submitted} handed in, {outcome.acknowledged} acknowledged")
    assert rows["digest"] == outcome.digest
    assert f"{outcome.events:,} events" in rows["time"]
    _, other, _ = said("--scenario", "calm", "--seed", "5", *SMALL)
    assert outcome.digest not in other


def test_faults_and_reorganisations_are_counted(said: Said) -> None:
    outcome = attempt(Run("partition", 3, 4, 4))
    assert isinstance(outcome, Outcome)
    assert outcome.reorganisations
    _, printed, _ = said("--scenario", "partition", "--seed", "3", "--nodes", "4", "--blocks", "4")
    for name, count in outcome.faults:
        assert f"{count} {name}" in printed
    for depth, count in outcome.reorganisations:
        assert f"{count:,} of depth {depth}" in printed


def test_all_scenarios_are_run_where_none_is_named(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "attempt", lambda run: Failure(run, "Nobody", "nothing"))
    code, printed, _ = said("--seed", "3", "--nodes", "4")
    assert code == EXIT_REFUSED
    assert printed.splitlines() == [
        f"FAILED Nobody: nothing; replay: {Run(name, 3, 4).command()}" for name in SCENARIOS
    ]


def test_scenarios_are_listed(said: Said) -> None:
    code, printed, _ = said("--scenario", "list")
    assert code == 0
    assert [line.split(maxsplit=1) for line in printed.splitlines()] == [
        [each.name, each.summary] for each in SCENARIOS.values()
    ]


@pytest.mark.usefixtures("failing")
def test_a_failure_is_told_with_the_one_command_that_replays_it(said: Said) -> None:
    code, printed, _ = said("--scenario", "calm", "--seed", "4", "--nodes", "3")
    assert code == EXIT_REFUSED
    assert printed.startswith("FAILED TipsAgree: 3 tips; replay: p2pchain simulate ")
    replay = shlex.split(printed.partition("replay: p2pchain simulate ")[2])
    assert said(*replay) == (code, printed, "")


@pytest.mark.usefixtures("failing")
def test_many_seeds_are_summed_up_and_each_failure_is_told(said: Said, here: list[Run]) -> None:
    code, printed, _ = said("--seeds", "12..14", "--nodes", "2", "--blocks", "3")
    failure, summary = printed.splitlines()
    assert [(run.seed, run.nodes, run.blocks) for run in here] == [(12, 2, 3), (13, 2, 3), (14, 2, 3)]
    assert len({run.scenario for run in here}) == 3
    assert code == EXIT_REFUSED
    assert failure.endswith("replay: p2pchain simulate --scenario calm --seed 13 --nodes 2 --blocks 3")
    assert summary.startswith("3 worlds in ")
    assert "1 failed; in the others 4 nodes, " in summary


def test_many_seeds_of_one_scenario_are_its_alone(said: Said, here: list[Run]) -> None:
    code, printed, _ = said("--scenario", "calm", "--seeds", "7..8", *SMALL)
    assert code == 0
    assert here == [Run("calm", 7, 2, 1), Run("calm", 8, 2, 1)]
    assert "2 worlds in " in printed
    assert "0 failed" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("--scenario", "no-such"),
        ("--seeds", "5"),
        ("--seeds", "5.."),
        ("--seeds", "5..4"),
        ("--seeds", "1..1000001"),
        ("--seeds", "1.." + "9" * 40),
        ("--seeds", "-1..4"),
        ("--seed", "-1"),
        ("--nodes", "1"),
        ("--blocks", "0"),
        ("--nodes", "many"),
    ],
)
def test_a_wrong_argument_is_said_in_one_line(said: Said, arguments: tuple[str, str]) -> None:
    code, printed, complaint = said(*arguments)
    assert (code, printed) == (EXIT_USAGE, "")
    assert complaint.startswith("p2pchain: ")
    assert complaint.count("\n") == 1
    assert arguments[1] in complaint


def test_the_help_text_says_what_is_drawn() -> None:
    printed = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert f"How many nodes. [default: {NODES[0]} to {NODES[1]}, drawn]" in printed
    assert f"How long a chain. [default: {BLOCKS[0]} to {BLOCKS[1]}, drawn]" in printed
