"""The hash rate rises and falls, and the target with it."""

import random

import pytest

from p2pchain.chain.target import target_of
from p2pchain.node.config import MiningMode
from p2pchain.sim.scenarios.retarget import FACTORS, HALF_LIFE_BLOCKS, RETARGET
from p2pchain.sim.trial import NEVER_MS

from .rounds import NODES, begin


def test_all_mine_always_towards_a_target_that_moves_within_a_few_blocks() -> None:
    for seed in range(6):
        shape = RETARGET.shape(random.Random(seed), NODES)
        assert shape.mining is MiningMode.ALWAYS
        assert shape.network.half_life == HALF_LIFE_BLOCKS * shape.network.spacing
        assert shape.network.spacing == shape.spacing_ms


def test_the_hash_rate_changes_for_all_alike_and_at_times_nobody_mines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = begin(RETARGET)
    shape = trial.cluster.shape
    waits: list[tuple[int, float]] = []
    (first, *_) = trial.hosts
    monkeypatch.setattr(
        trial.cluster.world, "run_for", lambda ms: waits.append((ms, first.power.mean_search_ms))
    )
    factors = set()
    for _ in range(40):
        RETARGET.disturb(trial)
        rates = {
            round(shape.search_ms(number) / host.power.mean_search_ms, 6)
            for number, host in enumerate(trial.hosts)
        }
        assert len(rates) == 1
        factors |= rates
    assert factors == set(FACTORS)
    assert trial.faults["hash rate changed"] == 40
    assert 0 < trial.faults["nobody mined"] < 15
    assert len(waits) == 40 + 2 * trial.faults["nobody mined"]
    assert max(waits)[0] > 10 * shape.spacing_ms
    assert max(waits)[1] == NEVER_MS


def test_the_target_follows() -> None:
    trial = begin(RETARGET, mining=True)
    trial.set_hash_rate(max(FACTORS))
    trial.pass_time(4, 4)
    targets = [target_of(block.header.bits) for block in trial.hosts[0].disk.blocks()]
    assert targets[-1] < targets[0] / 2
