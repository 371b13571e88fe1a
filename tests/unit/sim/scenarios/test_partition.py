"""Parts of the network in every shape, which meet again."""

import random
from collections.abc import Callable

import pytest

from p2pchain.sim.links import Reach
from p2pchain.sim.scenarios.partition import PARTITION, PARTS, bridge, halves, ring, single

from .rounds import begin, calls_of, handed_in, play

HOSTS = list("abcdef")
STRANGER = "z"


def pairs(shape: Callable[[random.Random, list[str]], Reach], seed: int = 1) -> set[str]:
    """List who reaches whom, and see that it is so both ways."""
    reach = shape(random.Random(seed), HOSTS)
    found = {one + other for one in HOSTS for other in HOSTS if one != other and reach(one, other)}
    assert found == {pair[::-1] for pair in found}
    return found


def test_halves_are_two_groups_of_any_sizes() -> None:
    sizes = set()
    for seed in range(30):
        found = pairs(halves, seed)
        one = {HOSTS[0]} | {other for other in HOSTS if HOSTS[0] + other in found}
        assert found == {a + b for a in HOSTS for b in HOSTS if a != b and (a in one) == (b in one)}
        sizes.add(len(one))
    assert sizes == {1, 2, 3, 4, 5}


def test_a_single_host_reaches_nobody() -> None:
    assert pairs(single) == {a + b for a in HOSTS[1:] for b in HOSTS[1:] if a != b}


def test_in_a_ring_each_reaches_its_neighbours_and_strangers() -> None:
    assert {pair for pair in pairs(ring) if pair[0] < pair[1]} == {"ab", "bc", "cd", "de", "ef", "af"}
    reach = ring(random.Random(1), HOSTS)
    assert reach("a", STRANGER)
    assert reach(STRANGER, "c")


def test_a_bridge_is_the_only_way_between_two_groups() -> None:
    found = pairs(bridge)
    assert {HOSTS[0] + other for other in HOSTS[1:]} <= found
    rest = {pair for pair in found if HOSTS[0] not in pair}
    assert 0 < len(rest) < 20
    two = bridge(random.Random(1), HOSTS[:2])
    assert two("a", "b")


@pytest.mark.parametrize("kind", PARTS)
def test_every_shape_parts_somebody(kind: str) -> None:
    hosts = HOSTS[:2] if kind in {"halves", "single"} else HOSTS
    reach = PARTS[kind](random.Random(1), hosts)
    assert not all(reach(one, other) for one in hosts for other in hosts if one != other)


def test_a_world_is_parted_aloud_and_silently_and_meets_again() -> None:
    trial = begin(PARTITION)
    links, silences, healed = trial.cluster.links, list[bool](), calls_of(trial, "heal")
    part = links.part

    def noted(reach: Reach, *, silently: bool) -> None:
        silences.append(silently)
        part(reach, silently=silently)

    links.part = noted  # type: ignore[method-assign]  # it is asked all the same
    for _ in play(trial, PARTITION, 10):
        pass
    assert {f"partition: {kind}" for kind in PARTS} == set(trial.faults)
    assert set(silences) == {True, False}
    assert handed_in(trial) == 10 * (len(trial.hosts) // 4 + 1)
    assert len(healed) == 10
