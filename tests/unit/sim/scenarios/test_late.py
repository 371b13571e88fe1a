"""A third of the hosts are down while the chain grows, and come late."""

from p2pchain.sim.scenarios.late import LATE

from .rounds import NODES, begin, handed_in, play


def test_a_third_is_down_and_some_come_late() -> None:
    trial = begin(LATE, mining=True)
    running = [len(trial.running) for _ in play(trial, LATE, 8, hurry=1)]
    assert set(running) == {2 * NODES // 3 + 1, 2 * NODES // 3 + 2}
    assert 0 < trial.faults["late start"] < 8
    assert trial.faults["crash"] + trial.faults["power cut"] > 0
    assert trial.height > 3
    assert handed_in(trial) >= 8
