"""Disks fill up and are emptied again."""

from p2pchain.node.machine import Node
from p2pchain.sim.scenarios.full_disks import FULL_DISKS

from .rounds import NODES, begin, handed_in, play


def test_disks_fill_up_and_are_emptied_and_now_and_then_a_host_starts_again_meanwhile() -> None:
    trial = begin(FULL_DISKS)
    full, programs = list[list[bool]](), set[Node]()
    for _ in play(trial, FULL_DISKS):
        full.append([host.disk_full for host in trial.hosts])
        programs.update(host.node for host in trial.hosts)
    for number in range(NODES):
        assert {disks[number] for disks in full} == {True, False}
    assert trial.faults["disk full"] > 6
    assert handed_in(trial) == 12 * (NODES // 4 + 1)
    started = trial.faults["crash"] + trial.faults["power cut"]
    assert 0 < started < 8
    assert len(programs) == NODES + started
