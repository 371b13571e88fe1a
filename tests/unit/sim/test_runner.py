"""One seed gives one world, with as many hosts and blocks as were asked for; what a checker finds ends it."""

import gc
import random
from dataclasses import replace

import pytest

from p2pchain.node.config import MiningMode
from p2pchain.sim.finding import Finding
from p2pchain.sim.outcome import Run
from p2pchain.sim.runner import NODES, ROUNDS_MAX, SETTLE_MS, agree, simulate
from p2pchain.sim.scenarios import SCENARIOS
from p2pchain.sim.scenarios.calm import CALM
from p2pchain.sim.shape import Shape, retargeting_network, usual
from p2pchain.sim.trial import Trial

SMALL = Run("half-open", 1, 3, 2)


class Drawn(Exception):
    """Ends a world before it begins."""


def test_a_seed_gives_one_digest_and_another_seed_another() -> None:
    first = simulate(SMALL)
    assert simulate(SMALL) == first
    others = [Run("half-open", 2, 3, 2), Run("calm", 1, 3, 2), Run("half-open", 1, 4, 2)]
    assert len({first.digest, *(simulate(run).digest for run in others)}) == 4


def test_a_world_is_as_large_as_was_asked() -> None:
    outcome = simulate(Run("calm", 3, 4, 5))
    assert outcome.nodes == 4
    assert outcome.height >= 5
    assert outcome.submitted == outcome.chained > 0


def test_a_world_is_as_large_as_its_seed_draws_where_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def draw(_: random.Random, count: int) -> Shape:
        drawn.append(count)
        raise Drawn

    monkeypatch.setitem(SCENARIOS, "calm", replace(CALM, shape=draw))
    for seed in range(300):
        with pytest.raises(Drawn):
            simulate(Run("calm", seed))
    assert (min(drawn), max(drawn)) == NODES
    assert sorted(drawn)[150] < sum(NODES) / 2


@pytest.mark.parametrize("before", [True, False])
def test_garbage_is_collected_after_a_world_as_before_it(
    monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    inside: list[bool] = []
    monkeypatch.setitem(SCENARIOS, "calm", replace(CALM, disturb=lambda _: inside.append(gc.isenabled())))
    was_enabled = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        simulate(Run("calm", 1, 2, 1))
        assert gc.isenabled() is before
    finally:
        (gc.enable if was_enabled else gc.disable)()
    assert set(inside) == {False}


def test_a_world_in_which_nobody_can_mine_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    monkeypatch.setitem(
        SCENARIOS, "calm", replace(CALM, disturb=lambda trial: rounds.append(trial.cluster.world.ticks_ms))
    )
    simulate(Run("calm", 1, 2, 3))
    assert len(rounds) == ROUNDS_MAX + 3
    assert len(set(rounds)) == 1


def test_what_a_checker_finds_ends_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_an_event(trial: Trial) -> None:
        CALM.disturb(trial)
        for host in trial.hosts:
            host.disk._events[:1] = []

    monkeypatch.setitem(SCENARIOS, "calm", replace(CALM, disturb=lose_an_event))
    with pytest.raises(Finding, match="EventsAreWhole"):
        simulate(Run("calm", 1, 2, 1))


def test_who_mines_always_is_at_rest_in_the_end() -> None:
    shape = replace(
        usual(random.Random(1), 3), network=retargeting_network(5_000, 60), mining=MiningMode.ALWAYS
    )
    trial = Trial(1, "calm", replace(shape, spacing_ms=5_000))
    world = trial.cluster.world
    agreed_ms = agree(trial, 60_000)
    assert agreed_ms < world.ticks_ms - SETTLE_MS
    assert trial.cluster.one_tip()
    height = trial.height
    assert height > 0
    world.run_for(600_000)
    assert trial.height == height
