"""Drives one node: what happens goes in with the time, what it wants is carried out. Contains no rule."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar, cast

from p2pchain.daemon import clock
from p2pchain.errors import StoreError
from p2pchain.node.actions import Action
from p2pchain.node.events import Event, TimePassed
from p2pchain.node.machine import Node

A = TypeVar("A", bound=Action)
Done = Callable[[], None]

# What happens is worked off for this long in one turn of the loop; the rest waits for the next, so that timers and
# connections have theirs in between.
TURN_S = 0.005


def nothing() -> None:
    """Be called by nobody in particular."""


class Driver:
    """A node among real sockets, disks and threads; `on` says who carries out which of its actions.

    `handled` counts what has happened to the node.

    The node looks up headers while it handles an event. A fault of the store in the middle of that leaves it half way
    through: it is told nothing more, and `on_fault` hears why.
    """

    def __init__(self, node: Node, on_fault: Callable[[StoreError], None]) -> None:
        """Take the node; to be called on the loop's thread."""
        self._on_fault = on_fault
        self._failed = False
        self._loop = asyncio.get_running_loop()
        self._node = node
        self._events: deque[tuple[Event, Done]] = deque()
        self._inbox: deque[Event] = deque()
        self._called = False
        self._lock = threading.Lock()
        self._busy = False
        self._turn_ends: float | None = None
        self.handled = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ms: int | None = None
        self._woken = False
        self._table: dict[type, Callable[[Action], None]] = {}

    def on(self, kind: type[A], perform: Callable[[A], None]) -> None:
        """Enter who carries out a kind of action; the type checker holds the two together."""
        self._table[kind] = cast("Callable[[Action], None]", perform)

    def post(self, event: Event, done: Done = nothing) -> None:
        """Let something happen to the node; on the loop's thread only. `done` is called once it has."""
        if not self._failed:
            self._events.append((event, done))
            self._work()

    def post_from_thread(self, event: Event) -> None:
        """Let something happen to the node, from any thread; after the loop has ended, nothing does."""
        self._inbox.append(event)
        with self._lock:
            if self._called:
                return
            self._called = True
        try:
            self._loop.call_soon_threadsafe(self._empty_inbox)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _empty_inbox(self) -> None:
        """Take over what threads have posted, all at once."""
        with self._lock:
            self._called = False
        if not self._failed:
            self._events.extend((self._inbox.popleft(), nothing) for _ in range(len(self._inbox)))
            self._work()

    def carry_out(self) -> None:
        """Do what the node wants done."""
        for action in self._node.drain():
            self._table[type(action)](action)

    def close(self) -> None:
        """Let no more happen by time."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _work(self) -> None:
        """Let the node have what waits, in order, as long as this turn of the loop lasts."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._events and self._has_time():
                self._take()
                self.carry_out()
        except StoreError as fault:
            self._failed = True
            self._events.clear()
            self._on_fault(fault)
        finally:
            self._busy = False
        self._set_alarm()

    def _take(self) -> None:
        """Let the node take in what there is time for, and settle once: that takes longer than most events do."""
        now = clock.now()
        while self._events and self._has_time():
            event, done = self._events.popleft()
            now = clock.now()
            try:
                self._node.take(event, now)
            finally:
                done()
            self.handled += 1
        self._node.settle(now)

    def _has_time(self) -> bool:
        now = time.perf_counter()
        if self._turn_ends is None:
            self._turn_ends = now + TURN_S
            self._loop.call_soon(self._next_turn)
        return now < self._turn_ends

    def _next_turn(self) -> None:
        self._turn_ends = None
        if self._events:
            self._work()

    def _set_alarm(self) -> None:
        wakes_at = self._node.wakes_at()
        if self._woken or wakes_at == self._alarm_ms:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_ms = wakes_at
        if wakes_at is not None:
            delay_s = max(0, wakes_at - clock.now().ticks_ms) / 1000
            self._alarm = self._loop.call_later(delay_s, self._wake)

    def _wake(self) -> None:
        self._alarm, self._alarm_ms = None, None
        self._woken = True
        self.post(TimePassed(), self._awake)

    def _awake(self) -> None:
        self._woken = False
