"""The driver: events in, actions out, a timer; nothing else."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from p2pchain.daemon import driver as module
from p2pchain.daemon.driver import Driver
from p2pchain.node.actions import Action, Report, StopSearch
from p2pchain.node.events import Event, Now, StoreFailed, TimePassed
from p2pchain.node.machine import Node


class Script:
    """A node that does what a test says, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.wants: list[Action] = []
        self.alarm: Callable[[Now], int | None] = lambda _: None
        self._now = Now(0, 0)

    def handle(self, event: Event, now: Now) -> None:
        self.told.append(event)
        self._now = now

    def drain(self) -> list[Action]:
        wants, self.wants = self.wants, []
        return wants

    def wakes_at(self) -> int | None:
        return self.alarm(self._now)


async def test_each_action_goes_to_who_carries_it_out() -> None:
    script = Script()
    driver = Driver(cast(Node, script))
    done: list[Action] = []
    driver.on(Report, done.append)
    driver.on(StopSearch, done.append)
    script.wants = [Report("info", "one"), StopSearch()]
    driver.post(TimePassed())
    assert done == [Report("info", "one"), StopSearch()]


async def test_what_happens_while_an_action_is_carried_out_waits_its_turn() -> None:
    script = Script()
    driver = Driver(cast(Node, script))
    order: list[str] = []

    def report(action: Report) -> None:
        driver.post(StoreFailed(action.text))
        order.append(f"carried out {action.text}, {len(script.told)} told")

    driver.on(Report, report)
    script.wants = [Report("info", "one"), Report("info", "two")]
    driver.post(TimePassed())
    assert order == ["carried out one, 1 told", "carried out two, 1 told"]
    assert script.told == [TimePassed(), StoreFailed("one"), StoreFailed("two")]


async def test_time_passes_when_the_node_wants_to_wake() -> None:
    script = Script()
    driver = Driver(cast(Node, script))
    woken = asyncio.Event()

    def alarm(now: Now) -> int | None:
        if len(script.told) == 3:
            woken.set()
            return None
        return now.ticks_ms + 1

    script.alarm = alarm
    driver.post(StoreFailed("begin"))
    async with asyncio.timeout(30):
        await woken.wait()
    assert script.told == [StoreFailed("begin"), TimePassed(), TimePassed()]


async def test_an_alarm_is_set_anew_and_ends_with_the_driver() -> None:
    script = Script()
    driver = Driver(cast(Node, script))
    script.alarm = lambda now: now.ticks_ms + 60_000
    driver.post(TimePassed())
    driver.post(TimePassed())
    driver.close()
    assert len(script.told) == 2


async def test_threads_post_through_the_loop() -> None:
    script = Script()
    driver = Driver(cast(Node, script))
    told = asyncio.Event()
    script.alarm = lambda _: told.set()
    thread = threading.Thread(target=driver.post_from_thread, args=(TimePassed(),))
    thread.start()
    async with asyncio.timeout(30):
        await told.wait()
    thread.join()
    assert script.told == [TimePassed()]


async def test_others_have_their_turn_while_much_is_worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event here takes longer than a turn may last: so the loop goes round once between any two."""
    monkeypatch.setattr(module, "TURN_S", 0.001)
    script = Script()
    driver = Driver(cast(Node, script))
    order: list[str] = []
    over = asyncio.Event()

    def report(action: Report) -> None:
        ends = time.perf_counter() + 2 * module.TURN_S
        while time.perf_counter() < ends:
            pass
        order.append("event")
        script.wants = [action]

    def turn() -> None:
        order.append("turn")
        if driver.handled == 4:
            over.set()
        else:
            asyncio.get_running_loop().call_soon(turn)

    driver.on(Report, report)
    script.wants = [Report("info", "")]
    asyncio.get_running_loop().call_soon(turn)
    for _ in range(4):
        driver.post(TimePassed(), lambda: order.append("done"))
    async with asyncio.timeout(30):
        await over.wait()
    words = [word for place, word in enumerate(order) if order[place - 1 : place] != [word]]
    assert words[:8] == ["event", "done", "turn"] * 2 + ["event", "done"]
    assert order.count("event") == order.count("done") == driver.handled == 4
