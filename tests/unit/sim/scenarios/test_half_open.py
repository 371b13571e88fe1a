"""Connections end of which one side hears nothing, or both."""

from p2pchain.sim.scenarios.half_open import HALF_OPEN

from .rounds import begin, calls_of, play


def test_some_connections_are_stranded_and_others_break_and_may_be_opened_again() -> None:
    trial = begin(HALF_OPEN)
    stranded, cut, released = (calls_of(trial, name) for name in ("strand", "cut", "release"))
    for _ in play(trial, HALF_OPEN):
        assert cut == released
    assert trial.faults == {"connection half open": len(stranded), "connection broken": len(cut)}
    assert len(stranded) > len(cut) > 0
    assert len({one for one, _ in stranded}) > 2
