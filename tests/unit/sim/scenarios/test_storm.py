"""A storm makes the faults of all others, and has its relief."""

from collections import Counter

import pytest

from p2pchain.sim.scenarios import storm
from p2pchain.sim.scenarios.churn import OUTBOUND
from p2pchain.sim.scenarios.storm import FAULTS, RELIEF, STORM
from p2pchain.sim.trial import Trial

from .rounds import begin, play


def test_each_round_makes_one_kind_of_fault_and_now_and_then_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = begin(STORM)
    assert trial.cluster.shape.outbound_max == OUTBOUND
    made: Counter[object] = Counter()
    monkeypatch.setattr(storm, "FAULTS", tuple((lambda _, each=each: made.update([each])) for each in FAULTS))
    monkeypatch.setattr(Trial, "mend", lambda _: made.update(["mended"]))
    for _ in range(400):
        STORM.disturb(trial)
    assert 0.8 * RELIEF < made.pop("mended") / 400 < 1.2 * RELIEF
    assert made.total() == 400
    assert set(made) == set(FAULTS)
    assert min(made.values()) > 25


def test_its_faults_are_those_of_the_others() -> None:
    names = {each.__module__.rpartition(".")[2] for each in FAULTS}
    assert names == {
        "churn",
        "clocks",
        "crashes",
        "full_disks",
        "half_open",
        "partition",
        "slow",
        "swizzle",
    }
    trial = begin(STORM)
    for passed in play(trial, STORM, 4):
        assert passed >= 0
    assert trial.faults
