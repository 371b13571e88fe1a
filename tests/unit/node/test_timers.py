"""What the node wants to look at again later."""

import gc
import weakref

from p2pchain.node.events import Now
from p2pchain.node.reach import Reach
from p2pchain.node.timers import Slices, Timers


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


def counted(made: list[str], name: str, slices: int) -> Slices[str]:
    for number in range(1, slices + 1):
        made.append(f"{name}{number}")
        if number < slices:
            yield
    return name


def test_long_work_is_done_a_slice_a_step_whosever_it_is() -> None:
    timers = Timers()
    made: list[str] = []

    def begin(name: str, slices: int) -> None:
        work = counted(made, name, slices)
        timers.in_slices(work, lambda it, then: made.append(f"{it} at {then.ticks_ms}"), Now(0, 5))

    begin("a", 3)
    begin("b", 2)
    assert (made, timers.wakes_at()) == (["a1"], 5)
    timers.call_at(4, lambda _: None)
    assert timers.wakes_at() == 4
    timers.run(Now(0, 5))
    assert (made, timers.wakes_at()) == (["a1"], 5)
    steps: list[list[str]] = []
    while timers.wakes_at() is not None:
        made.clear()
        timers.step(Now(0, 6 + len(steps)))
        steps.append(list(made))
    assert steps == [["a2"], ["b1"], ["a3", "a at 8"], ["b2", "b at 9"]]


def test_short_work_is_done_at_once() -> None:
    timers = Timers()
    made: list[str] = []
    timers.in_slices(counted(made, "a", 1), lambda it, _: made.append(it), Now(0, 5))
    assert (made, timers.wakes_at()) == (["a1", "a"], None)
    assert timers.step(Now(0, 6)) is Reach.NOTHING


def test_work_can_begin_other_work_when_it_ends() -> None:
    timers = Timers()
    made: list[str] = []

    def then(_: str, now: Now) -> None:
        timers.in_slices(counted(made, "b", 2), lambda *_: None, now)

    timers.in_slices(counted(made, "a", 2), then, Now(0, 5))
    timers.step(Now(0, 5))
    assert made == ["a1", "a2", "b1"]
    timers.step(Now(0, 5))
    assert (made, timers.wakes_at()) == (["a1", "a2", "b1", "b2"], None)


def test_a_slice_reaches_as_far_as_its_own_work() -> None:
    timers = Timers()
    for reach in (Reach.RECORDS, Reach.ALL, Reach.NOTHING):
        timers.in_slices(counted([], "a", 2), lambda *_: None, Now(0, 5), reach)
    reached = [timers.step(Now(0, 5)) for _ in range(3)]
    assert reached == [Reach.RECORDS, Reach.ALL, Reach.NOTHING]


def test_work_that_is_dropped_is_done_no_more_and_the_rest_in_its_order() -> None:
    timers = Timers()
    made: list[str] = []
    works = {name: counted(made, name, 2) for name in "abc"}
    for work in works.values():
        timers.in_slices(work, lambda name, _: made.append(f"{name} done"), Now(0, 5))
    timers.drop(works["b"])
    timers.drop(counted(made, "unknown", 1))
    while timers.wakes_at() is not None:
        timers.step(Now(0, 6))
    assert made == ["a1", "a2", "a done", "c1", "c2", "c done"]


def test_work_that_is_done_is_held_by_nobody() -> None:
    """Without the collector of cycles, for it comes by seldom."""

    class Large:
        def told(self, name: str, now: Now) -> None:
            assert (name, now) == ("a", Now(0, 1))

    timers, large = Timers(), Large()
    gone = weakref.ref(large)
    timers.in_slices(counted([], "a", 2), large.told, Now(0, 0))
    del large
    gc.disable()
    try:
        assert gone() is not None
        timers.step(Now(0, 1))
        assert (timers.wakes_at(), gone()) == (None, None)
    finally:
        gc.enable()
