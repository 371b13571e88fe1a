"""Nothing goes wrong in a calm world."""

from p2pchain.sim.scenarios.calm import CALM

from .rounds import begin, play


def test_time_passes_and_that_is_all() -> None:
    trial = begin(CALM)
    spacing_ms = trial.cluster.shape.spacing_ms
    passed = list(play(trial, CALM))
    assert all(0.5 * spacing_ms - 1 <= each <= 1.5 * spacing_ms + 1 for each in passed)
    assert len(set(passed)) > 6
    assert trial.faults == {}
    assert trial.running == trial.hosts
