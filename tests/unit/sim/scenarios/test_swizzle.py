"""Links stop one by one, and start again in another order."""

import pytest

from p2pchain.sim.scenarios.swizzle import STEP, SWIZZLE

from .rounds import begin, calls_of, handed_in, play


def test_every_link_that_is_stopped_starts_again_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = begin(SWIZZLE)
    pass_time, steps = trial.pass_time, list[tuple[float, ...]]()

    def noted(*between: float) -> None:
        steps.append(between)
        pass_time(*between)

    monkeypatch.setattr(trial, "pass_time", noted)
    clogged, cut, released = (calls_of(trial, name) for name in ("clog", "cut", "release"))
    orders_differ = 0
    for passed in play(trial, SWIZZLE, 8):
        assert not (clogged and cut)
        stopped = clogged or cut
        assert sorted(map(hash, stopped)) == sorted(map(hash, released))
        assert passed > 0 or not stopped
        assert steps == [STEP] * (len(stopped) + len(released))
        orders_differ += stopped != released
        for calls in (clogged, cut, released, steps):
            calls.clear()
    assert orders_differ > 4
    assert set(trial.faults) == {"swizzle: links clogged", "swizzle: links cut"}
    assert handed_in(trial) == 8 * (len(trial.hosts) // 4 + 1)
