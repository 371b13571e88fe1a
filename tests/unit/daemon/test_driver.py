"""The driver: events in, actions out, a timer; nothing else."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from p2pchain.daemon import driver as module
from p2pchain.daemon.driver import Driver
from p2pchain.errors import StoreError
from p2pchain.node.actions import Action, Report, StopSearch
from p2pchain.node.events import Address, DialFailed, Event, Now, TimePassed
from p2pchain.node.machine import Node

PEER = Address("192.0.2.1", 4343)


class Script:
    """A node that does what a test says, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.settled: list[tuple[int, Now]] = []
        self.wants: list[Action] = []
        self.alarm: Callable[[Now], int | None] = lambda _: None
        self._now = Now(0, 0)

    def take(self, event: Event, now: Now) -> None:
        self.told.append(event)
        self._now = now

    def settle(self, now: Now) -> None:
        self.settled.append((len(self.told), now))

    def drain(self) -> list[Action]:
        wants, self.wants = self.wants, []
        return wants

    def wakes_at(self) -> int | None:
        return self.alarm(self._now)


def unexpected(fault: StoreError) -> None:
    raise fault


async def test_each_action_goes_to_who_carries_it_out() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    done: list[Action] = []
    driver.on(Report, done.append)
    driver.on(StopSearch, done.append)
    script.wants = [Report("info", "one"), StopSearch()]
    driver.post(TimePassed())
    assert done == [Report("info", "one"), StopSearch()]


async def test_what_happens_while_an_action_is_carried_out_waits_its_turn() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    order: list[str] = []

    def report(action: Report) -> None:
        driver.post(DialFailed(PEER, action.text))
        order.append(f"carried out {action.text}, {len(script.told)} told")

    driver.on(Report, report)
    script.wants = [Report("info", "one"), Report("info", "two")]
    driver.post(TimePassed())
    assert order == ["carried out one, 1 told", "carried out two, 1 told"]
    assert script.told == [TimePassed(), DialFailed(PEER, "one"), DialFailed(PEER, "two")]


async def test_time_passes_when_the_node_wants_to_wake() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    woken = asyncio.Event()

    def alarm(now: Now) -> int | None:
        if len(script.told) == 3:
            woken.set()
            return None
        return now.ticks_ms + 1

    script.alarm = alarm
    driver.post(DialFailed(PEER, "begin"))
    async with asyncio.timeout(30):
        await woken.wait()
    assert script.told == [DialFailed(PEER, "begin"), TimePassed(), TimePassed()]


def slow(script: Script) -> Callable[[Event, Now], None]:
    """Have each event take longer than a turn may last."""
    told = script.take

    def take(event: Event, now: Now) -> None:
        ends = time.perf_counter() + 2 * module.TURN_S
        while time.perf_counter() < ends:
            pass
        told(event, now)

    return take


async def test_time_that_waits_its_turn_passes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the node wants to be woken for is due all the while, and each turn has time for one event."""
    monkeypatch.setattr(module, "TURN_S", 0.001)
    script = Script()
    script.take = slow(script)  # type: ignore[method-assign, assignment]  # a node that takes its time
    driver = Driver(cast(Node, script), unexpected)
    over = asyncio.Event()

    def alarm(_: Now) -> int | None:
        if DialFailed(PEER, "last") in script.told:
            over.set()
            return None
        return 1

    script.alarm = alarm
    for name in ("first", *"abcdefgh", "last"):
        driver.post(DialFailed(PEER, name))
    async with asyncio.timeout(30):
        await over.wait()
    assert script.told.count(TimePassed()) + len(driver._events) <= 2


async def test_an_alarm_is_set_anew_and_ends_with_the_driver() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    script.alarm = lambda now: now.ticks_ms + 60_000
    driver.post(TimePassed())
    driver.post(TimePassed())
    driver.close()
    assert len(script.told) == 2


async def test_threads_post_through_the_loop() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
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
    driver = Driver(cast(Node, script), unexpected)
    order: list[str] = []
    over = asyncio.Event()

    takes = slow(script)

    def take(event: Event, now: Now) -> None:
        takes(event, now)
        order.append("event")

    script.take = take  # type: ignore[method-assign]  # a node that takes its time

    def turn() -> None:
        order.append("turn")
        if driver.handled == 4:
            over.set()
        else:
            asyncio.get_running_loop().call_soon(turn)

    asyncio.get_running_loop().call_soon(turn)
    for _ in range(4):
        driver.post(TimePassed(), lambda: order.append("done"))
    async with asyncio.timeout(30):
        await over.wait()
    words = [word for place, word in enumerate(order) if order[place - 1 : place] != [word]]
    assert words[:8] == ["event", "done", "turn"] * 2 + ["event", "done"]
    assert order.count("event") == order.count("done") == driver.handled == 4


async def test_a_node_whose_store_fails_while_it_looks_something_up_is_told_nothing_more() -> None:
    script = Script()
    faults: list[StoreError] = []
    driver = Driver(cast(Node, script), faults.append)
    fault = StoreError("a sound file", "another")

    def take(event: Event, now: Now) -> None:
        script.told.append(event)
        driver.post(TimePassed())
        raise fault

    script.take = take  # type: ignore[method-assign]  # a node half way through an event
    driver.post(TimePassed())
    driver.post(TimePassed())
    assert faults == [fault]
    assert len(script.told) == 1


async def test_time_passes_again_after_a_mistake_of_the_node() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    failed, passed = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(lambda *_: failed.set())

    def take(event: Event, now: Now) -> None:
        script._now = now
        if isinstance(event, TimePassed):
            if not failed.is_set():
                raise AssertionError("a mistake")
            script.alarm = lambda _: None
            passed.set()

    script.alarm = lambda now: now.ticks_ms
    script.take = take  # type: ignore[method-assign]  # a node that fails once
    driver.post(DialFailed(PEER, "before"))
    async with asyncio.timeout(30):
        await failed.wait()
        driver.post(DialFailed(PEER, "after"))
        await passed.wait()
    driver.close()


async def test_what_threads_posted_meanwhile_is_taken_in_together_and_settled_once() -> None:
    script = Script()
    driver = Driver(cast(Node, script), unexpected)
    threads = [threading.Thread(target=driver.post_from_thread, args=(TimePassed(),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert script.told == []
    await asyncio.sleep(0)
    assert [count for count, _ in script.settled] == [len(script.told)] == [5]
    driver.post_from_thread(TimePassed())
    await asyncio.sleep(0)
    assert [count for count, _ in script.settled] == [5, 6]
