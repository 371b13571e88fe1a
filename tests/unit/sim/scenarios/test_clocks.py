"""Clocks are set while nodes run, never by more than was said, and the time to agree allows for it."""

from itertools import pairwise

import pytest

from p2pchain.sim.scenarios.clocks import CLOCKS, SKEW_MS

from .rounds import NODES, begin, handed_in, play


def test_some_clocks_are_set_off_by_minutes_at_most_and_both_ways() -> None:
    trial = begin(CLOCKS)
    clocks = [[0] * NODES, *([host.clock_ms for host in trial.hosts] for _ in play(trial, CLOCKS))]
    off = [each for row in clocks[1:] for each in row]
    assert -SKEW_MS <= min(off) < -60_000
    assert 60_000 < max(off) <= SKEW_MS
    for before, after in pairwise(clocks):
        assert sum(one != other for one, other in zip(before, after, strict=True)) <= NODES // 2
    assert trial.skew_max_ms == SKEW_MS
    assert trial.faults["clock set"] >= 12
    assert handed_in(trial) > 0


@pytest.mark.parametrize("drawn_ms", [-9 * SKEW_MS, 9 * SKEW_MS])
def test_no_clock_is_off_by_more_whatever_is_drawn(monkeypatch: pytest.MonkeyPatch, drawn_ms: int) -> None:
    trial = begin(CLOCKS)
    monkeypatch.setattr(trial.rng, "gauss", lambda _mean, _spread: drawn_ms)
    for _ in play(trial, CLOCKS, 6):
        assert {abs(host.clock_ms) for host in trial.hosts} <= {0, SKEW_MS}
    assert any(host.clock_ms for host in trial.hosts)
