"""Links stop one by one, and start again in another order."""

from p2pchain.sim.scenarios.swizzle import SWIZZLE

from .rounds import begin, calls_of, handed_in, play


def test_every_link_that_is_stopped_starts_again_in_another_order() -> None:
    trial = begin(SWIZZLE)
    clogged, cut, released = (calls_of(trial, name) for name in ("clog", "cut", "release"))
    orders_differ = 0
    for passed in play(trial, SWIZZLE, 8):
        assert not (clogged and cut)
        stopped = clogged or cut
        assert sorted(map(hash, stopped)) == sorted(map(hash, released))
        assert passed > 0 or not stopped
        orders_differ += stopped != released
        for calls in (clogged, cut, released):
            calls.clear()
    assert orders_differ > 4
    assert set(trial.faults) == {"swizzle: links clogged", "swizzle: links cut"}
    assert handed_in(trial) == 8 * (len(trial.hosts) // 4 + 1)
