"""What the node wants to look at again later."""

from p2pchain.node.events import Now
from p2pchain.node.reach import Reach
from p2pchain.node.timers import Timers


def test_calls_are_made_in_the_order_of_their_moments_then_of_asking() -> None:
    timers = Timers()
    made: list[str] = []
    for ticks_ms, name in ((20, "late"), (10, "first"), (10, "second"), (30, "never")):
        timers.call_at(ticks_ms, lambda now, name=name: made.append(f"{name} at {now.ticks_ms}"))  # type: ignore[misc]  # mypy cannot type a default
    assert timers.wakes_at() == 10
    timers.run(Now(0, 9))
    assert made == []
    timers.run(Now(0, 25))
    assert made == ["first at 25", "second at 25", "late at 25"]
    assert timers.wakes_at() == 30


def test_what_a_call_asks_for_waits_for_the_next_run() -> None:
    timers = Timers()
    made: list[int] = []

    def again(now: Now) -> None:
        made.append(now.ticks_ms)
        timers.call_at(now.ticks_ms, again)

    timers.call_at(5, again)
    timers.run(Now(0, 5))
    assert made == [5]
    timers.run(Now(0, 6))
    assert made == [5, 6]


def test_nothing_to_look_at_is_no_moment() -> None:
    assert Timers().wakes_at() is None


def test_a_run_reaches_as_far_as_the_farthest_of_its_calls() -> None:
    timers = Timers()
    for ticks_ms, reach in ((1, Reach.NOTHING), (2, Reach.RECORDS), (3, Reach.ALL), (3, Reach.NOTHING)):
        timers.call_at(ticks_ms, lambda _: None, reach)
    assert [timers.run(Now(0, ticks_ms)) for ticks_ms in range(4)] == [
        Reach.NOTHING,
        Reach.NOTHING,
        Reach.RECORDS,
        Reach.ALL,
    ]
    timers.call_at(9, lambda _: None)
    assert timers.run(Now(0, 9)) is Reach.ALL
