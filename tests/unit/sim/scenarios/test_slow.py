"""Some lines carry hardly anything, while many records are sent."""

import pytest

from p2pchain.node.events import Address
from p2pchain.sim.host import Host
from p2pchain.sim.scenarios.slow import RATES, RECORDS, SLOW

from .rounds import begin, handed_in, play


def test_lines_are_slowed_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = begin(SLOW)
    links, rates = trial.cluster.links, dict[Address, list[float]]()
    slow_down = links.slow_down

    def noted(host: Host, bytes_per_ms: float) -> None:
        rates.setdefault(host.address, []).append(bytes_per_ms)
        slow_down(host, bytes_per_ms)

    monkeypatch.setattr(links, "slow_down", noted)
    for passed in play(trial, SLOW, 8):
        assert passed >= trial.cluster.shape.spacing_ms // 2
    given = [rate for each in rates.values() for rate in each]
    assert set(given) == {*RATES, trial.cluster.shape.bytes_per_ms}
    assert len(rates) == len(trial.hosts)
    slowed = sum(rate in RATES for rate in given)
    assert trial.faults == {"line slowed": slowed, "line restored": len(given) - slowed}
    assert handed_in(trial) > 8 * RECORDS / 4
