"""When all objects are looked through for garbage."""

import gc
from collections.abc import Iterator

import pytest

from p2pchain.daemon.garbage import IDLE_EVENTS, INTERVAL_S, NEVER, PATIENCE_S, Garbage


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    before = gc.get_threshold()
    yield Garbage(0)
    gc.set_threshold(*before)
    gc.unfreeze()


def test_python_does_not_look_through_everything_by_itself(garbage: Garbage) -> None:
    assert gc.get_threshold()[2] in (NEVER, 0)  # from Python 3.14 on there is no such generation
    assert gc.get_freeze_count() > 1_000


def test_an_idle_node_is_looked_through_now_and_then(garbage: Garbage) -> None:
    assert not garbage.look(INTERVAL_S - 1, 0)
    assert garbage.look(INTERVAL_S, IDLE_EVENTS - 1)
    assert not garbage.look(INTERVAL_S + 1, IDLE_EVENTS - 1)
    assert garbage.look(2 * INTERVAL_S, IDLE_EVENTS - 1)


def test_a_busy_node_is_left_alone_but_not_for_ever(garbage: Garbage) -> None:
    assert not garbage.look(INTERVAL_S, IDLE_EVENTS)
    assert not garbage.look(PATIENCE_S - 1, 10 * IDLE_EVENTS)
    assert garbage.look(PATIENCE_S, 20 * IDLE_EVENTS)


def test_a_cycle_goes_when_everything_is_looked_through(garbage: Garbage) -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    gc.collect()
    del cycle
    before = len(gc.get_objects())
    assert garbage.look(INTERVAL_S, 0)
    assert len(gc.get_objects()) < before
