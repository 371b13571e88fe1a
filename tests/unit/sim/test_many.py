"""Many worlds: each comes to an outcome or to a failure that can be replayed, whatever happens in it."""

import multiprocessing
import os
from dataclasses import replace

import pytest

from p2pchain.errors import LocalError
from p2pchain.sim import many
from p2pchain.sim.finding import Finding
from p2pchain.sim.many import Failure, attempt, attempt_all, run_of
from p2pchain.sim.outcome import Outcome, Run
from p2pchain.sim.scenarios import SCENARIOS
from p2pchain.sim.scenarios.calm import CALM
from p2pchain.sim.trial import Trial

SMALL = [Run("calm", seed, 2, 1) for seed in range(3)]


class Deadly(Run):
    """A run that ends whichever process takes it up, as the kernel does where there is no memory left."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_all_scenarios_take_turns() -> None:
    count = len(SCENARIOS)
    runs = [run_of(seed, 3, 4) for seed in range(2 * count)]
    assert [run.scenario for run in runs] == 2 * list(SCENARIOS)
    assert runs[5] == Run(runs[5].scenario, 5, 3, 4)


@pytest.mark.parametrize(
    ("error", "checker", "what"),
    [
        (Finding("TipsAgree", "two tips"), "TipsAgree", "two tips"),
        (KeyError(7), "KeyError", "7"),
        (AssertionError(), "AssertionError", "without a word"),
    ],
)
def test_what_ends_a_world_is_a_failure_of_its_run(
    monkeypatch: pytest.MonkeyPatch, error: Exception, checker: str, what: str
) -> None:
    def fail(_: Trial) -> None:
        raise error

    monkeypatch.setitem(SCENARIOS, "calm", replace(CALM, disturb=fail))
    assert attempt(SMALL[0]) == Failure(SMALL[0], checker, what)


def test_few_worlds_are_run_here_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(many, "multiprocessing")
    outcomes = list(attempt_all(SMALL, 1))
    assert [each.run for each in outcomes] == SMALL
    assert list(attempt_all(SMALL[:1])) == outcomes[:1]
    assert list(attempt_all([])) == []


@pytest.mark.slow
def test_many_worlds_are_run_in_processes_that_come_to_the_same() -> None:
    runs = [*SMALL, Run("no such scenario", 1)]
    outcomes = {each.run: each for each in attempt_all(runs, 2)}
    assert outcomes == {run: attempt(run) for run in runs}
    assert isinstance(outcomes[SMALL[0]], Outcome)
    assert isinstance(outcomes[runs[-1]], Failure)


@pytest.mark.slow
def test_a_process_that_is_killed_ends_it_with_a_word() -> None:
    with pytest.raises(LocalError, match="one that was killed; try fewer nodes"):
        list(attempt_all([*SMALL, Deadly("calm", 1)], 2))


def test_an_outcome_that_takes_long_is_waited_for_while_all_processes_are_there() -> None:
    outcome = Failure(SMALL[0], "TipsAgree", "two tips")
    answers: list[Failure | None] = [None, None, outcome]

    def wait(_: float) -> Failure:
        answer = answers.pop(0)
        if answer is None:
            raise multiprocessing.TimeoutError
        return answer

    assert many._next(wait, []) is outcome
