"""What came of a world, summed up, and the command that runs it again."""

import random
from dataclasses import replace

import pytest
from click.testing import CliRunner

from p2pchain.cli import simulate
from p2pchain.node.config import MiningMode
from p2pchain.sim.outcome import Run, outcome
from p2pchain.sim.shape import simulated_network, usual
from p2pchain.sim.trial import Trial


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (Run("storm", 5), "--scenario storm --seed 5"),
        (Run("calm", 0, 3), "--scenario calm --seed 0 --nodes 3"),
        (Run("calm", 0, None, 4), "--scenario calm --seed 0 --blocks 4"),
        (Run("calm", 0, 3, 4), "--scenario calm --seed 0 --nodes 3 --blocks 4"),
    ],
)
def test_a_run_says_the_command_that_repeats_it(run: Run, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.command() == f"p2pchain simulate {said}"
    ran: list[Run] = []
    monkeypatch.setattr(simulate, "_one", lambda each: not ran.append(each))  # type: ignore[func-returns-value]  # None is falsy
    assert CliRunner().invoke(simulate.command, said.split()).exit_code == 0
    assert ran == [run]


def test_a_trial_is_summed_up_over_its_hosts() -> None:
    shape = replace(usual(random.Random(1), 3), network=simulated_network(), mining=MiningMode.AUTO)
    trial = Trial(1, "calm", shape)
    cluster = trial.cluster
    refused, lost = cluster.sign(0, "refused"), cluster.sign(0, "lost")
    cluster.submit(1, "one", "two")
    assert cluster.run_until_agreed()
    trial.note("quake")
    trial.note("quake")
    trial.hosts[2].client.refused[refused.txid] = "why not"
    for host in trial.hosts[:2]:
        host.disk.store_pending((lost,), (), 0)
        host.disk.expire_pending(1)
    summed = outcome(Run("calm", 1), trial, 77, 99)

    assert (summed.nodes, summed.mining, summed.faults) == (3, "auto", (("quake", 2),))
    assert (summed.agreed_ms, summed.agree_within_ms, summed.virtual_ms) == (77, 99, cluster.world.ticks_ms)
    assert summed.height == len(trial.hosts[0].disk.blocks()) > 0
    assert (summed.submitted, summed.acknowledged, summed.chained) == (2, 2, 2)
    assert (summed.refused, summed.evicted) == (1, 1)
    assert summed.bytes_most >= summed.bytes_mean > 0
    assert 0 <= cluster.links.bytes_carried - 3 * summed.bytes_mean < 3
    assert (summed.events, summed.digest) == (cluster.world.events, cluster.world.digest)
