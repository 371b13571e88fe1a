"""Programs end and machines lose their power, and start again."""

import pytest

from p2pchain.sim.host import Host
from p2pchain.sim.scenarios.crashes import CRASHES
from p2pchain.sim.trial import Trial

from .rounds import NODES, begin, handed_in, play


def test_some_stop_in_each_round_and_each_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = begin(CRASHES)
    stopped: list[Host] = []
    stop = Trial.stop

    def noted(self: Trial, host: Host) -> None:
        stopped.append(host)
        stop(self, host)

    monkeypatch.setattr(Trial, "stop", noted)
    for passed in play(trial, CRASHES):
        assert passed > trial.cluster.shape.spacing_ms / 10
        assert 1 <= len(stopped) <= NODES // 3
        stopped.clear()
        assert len(trial.running) >= NODES // 3
    assert trial.faults["crash"] > 1
    assert trial.faults["power cut"] > 1
    assert handed_in(trial) == 12 * (NODES // 3 + 1)
    trial.mend()
    assert trial.running == trial.hosts
