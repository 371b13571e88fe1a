"""Virtual time goes on in order, and what is traced comes to one digest."""

from p2pchain.sim.world import World


def test_things_happen_at_their_moments_and_those_of_one_moment_in_the_order_of_asking(world: World) -> None:
    happened: list[tuple[str, int]] = []
    for ticks_ms, name in ((20, "late"), (10, "first"), (10, "second"), (30, "too late")):
        world.call_at(ticks_ms, lambda name=name: happened.append((name, world.ticks_ms)))  # type: ignore[misc]  # bound now
    world.run_for(25)
    assert happened == [("first", 10), ("second", 10), ("late", 20)]
    assert world.ticks_ms == 25
    world.run_for(5)
    assert happened[-1] == ("too late", 30)


def test_what_is_asked_for_in_the_past_happens_now(world: World) -> None:
    moments: list[int] = []
    world.run_for(50)
    world.call_at(7, lambda: moments.append(world.ticks_ms))
    world.call_later(3, lambda: moments.append(world.ticks_ms))
    world.run_for(3)
    assert moments == [50, 53]


def test_time_stops_soon_after_a_condition_holds_or_at_the_limit(world: World) -> None:
    world.call_later(250, lambda: world.trace(b""))
    assert world.run_until_true(lambda: world.events == 1, 1_000)
    assert world.ticks_ms == 300
    assert not world.run_until_true(lambda: world.events == 2, 950)
    assert world.ticks_ms == 1_250


def digest_of(*traced: tuple[int, bytes]) -> str:
    world = World(1)
    for ticks_ms, what in traced:
        world.run_until(ticks_ms)
        world.trace(what)
    assert world.events == len(traced)
    return world.digest


def test_a_digest_is_that_of_all_that_happened_where_and_when() -> None:
    one = digest_of((1, b"a"), (2, b"b"))
    others = [
        digest_of((1, b"a"), (3, b"b")),
        digest_of((1, b"b"), (2, b"a")),
        digest_of((1, b"a"), (2, b"b"), (2, b"")),
        digest_of((1, b"ab")),
        digest_of((1, b"a"), (1, b"b")),
    ]
    assert one == digest_of((1, b"a"), (2, b"b"))
    assert len({one, *others}) == 6


def test_a_seed_decides_what_is_drawn() -> None:
    assert World(3).rng.random() == World(3).rng.random() != World(4).rng.random()
