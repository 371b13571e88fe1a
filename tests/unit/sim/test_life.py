"""What a program began and had not done when it ended never happens."""

from p2pchain.sim.life import Life
from p2pchain.sim.world import World


def test_what_was_begun_in_a_life_happens_unless_it_is_over(world: World) -> None:
    life, other = Life(world), Life(world)
    happened: list[str] = []
    for each, name in ((life, "one"), (other, "other")):
        each.at(10, lambda name=name: happened.append(f"{name} at"))  # type: ignore[misc]  # bound now
        each.later(20, lambda name=name: happened.append(f"{name} later"))  # type: ignore[misc]  # bound now
    world.run_until(10)
    life.alive = False
    world.run_until(100)
    assert happened == ["one at", "other at", "other later"]


def test_what_happens_soon_does_so_between_two_times(world: World) -> None:
    life = Life(world)
    moments: list[int] = []
    for _ in range(100):
        life.soon((3, 5), lambda: moments.append(life.ticks_ms))
    world.run_until(10)
    assert set(moments) == {3, 4, 5}
    assert len(moments) == 100
    assert {life.draw((7, 9)) for _ in range(100)} == {7, 8, 9}


def test_chance_is_as_likely_as_it_is_said_to_be(world: World) -> None:
    life = Life(world)
    assert not any(life.chance(0) for _ in range(100))
    assert all(life.chance(1) for _ in range(100))
    assert 150 < sum(life.chance(0.25) for _ in range(800)) < 250
