"""Who dials whom: everybody is joined to everybody, and nobody dials itself."""

import random

import pytest

from p2pchain.node.hosts import group_of
from p2pchain.sim.topology import Wiring, address_of, introduced, ring, scattered


def reached_from_first(wiring: Wiring) -> set[int]:
    found, todo = {0}, [0]
    both_ways = [(one, other) for one, others in enumerate(wiring) for other in others]
    both_ways += [(other, one) for one, other in both_ways]
    while todo:
        here = todo.pop()
        new = {other for one, other in both_ways if one == here} - found
        found |= new
        todo.extend(new)
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 5, 30])
def test_everybody_is_joined_and_dials_others_once(count: int) -> None:
    rng = random.Random(count)
    for wiring in (ring(count, 2), scattered(rng, count, 3), introduced(rng, count)):
        assert reached_from_first(wiring) == set(range(count))
        for number, others in enumerate(wiring):
            assert number not in others
            assert len(set(others)) == len(others)


def test_how_many_each_dials() -> None:
    assert ring(5, 2)[4] == (0, 1)
    assert {len(others) for others in scattered(random.Random(1), 9, 3)} == {3}
    late = introduced(random.Random(1), 9)
    assert [len(others) for others in late] == [0] + 8 * [1]
    assert all(other < number for number, others in enumerate(late) for other in others)


def test_each_host_is_in_a_part_of_the_network_of_its_own() -> None:
    addresses = [address_of(number) for number in range(1_000)]
    assert len({group_of(address.host) for address in addresses}) == 1_000
