"""Hosts that know one other come and go, and find the rest by gossip."""

import random
from itertools import pairwise

from p2pchain.sim.scenarios.churn import CHURN, OUTBOUND

from .rounds import NODES, begin, handed_in, play


def test_each_knows_one_that_was_there_before_it() -> None:
    shape = CHURN.shape(random.Random(1), NODES)
    assert [len(others) for others in shape.wiring] == [0] + [1] * (NODES - 1)
    assert shape.outbound_max == OUTBOUND


def test_they_find_more_by_gossip() -> None:
    trial = begin(CHURN)
    trial.cluster.world.run_for(120_000)
    neighbours = [len(trial.cluster.links.neighbours(host)) for host in trial.hosts]
    assert sum(neighbours) > 2 * (NODES - 1)


def test_hosts_go_and_come_while_records_come_in_and_half_of_them_stay() -> None:
    trial = begin(CHURN)
    running = [len(trial.running) for _ in play(trial, CHURN, 8)]
    assert min(running) >= NODES // 2
    assert any(after > before for before, after in pairwise(running))
    assert trial.faults["crash"] + trial.faults["power cut"] > 1
    assert handed_in(trial) >= 16
