"""`follow`: the numbered events of a node, each once and in order, whichever side is restarted meanwhile."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

from p2pchain.client.client import Client
from p2pchain.errors import NodeError
from p2pchain.wire.messages.event import EventMessage

# Between two tries to reach a node, seconds: about how long a restart takes, and no more than people like to wait.
PAUSE_MIN_S = 0.1
PAUSE_MAX_S = 5.0
# Events that wait to be taken; behind so many the node keeps the others, on its disk.
BACKLOG_MAX = 1_024
# What a node is missed for that may come back: nobody answers, or it said that it stops.
AWAY = frozenset({NodeError.code, "stopping"})

Pause = Callable[[float, NodeError], Awaitable[None]]


async def wait(pause_s: float, error: NodeError) -> None:
    """Let time pass until the next try."""
    del error
    await asyncio.sleep(pause_s)


async def follow(
    path: Path, since: int, rng: random.Random, pause: Pause = wait
) -> AsyncGenerator[EventMessage, None]:
    """Give the events after number `since` of the node with the control socket at `path`, for ever.

    Where the node is away it is looked for again, at ever longer pauses that `rng` draws: those who follow one node
    shall not all come back at once. `pause` is called to let one pass, with its length in seconds and the reason.

    Who keeps, in one step, the number of each event with what came of it, goes on from there after an end of its own:
    nothing is lost, and nothing comes twice. Iterate under `contextlib.aclosing`, so that the connection ends with it.

    Raises:
        NodeError: the node refuses, as where its events end before `since`, or does not speak as expected.
    """
    pauses = pauses_s(rng)
    while True:
        try:
            async with (
                await Client.unix(path, backlog_max=BACKLOG_MAX) as client,
                aclosing(client.subscribe(since)) as events,
            ):
                async for event in events:
                    since = _next(since, event.number)
                    pauses = pauses_s(rng)
                    yield event
        except NodeError as error:
            if error.reason not in AWAY:
                raise
            await pause(next(pauses), error)


def pauses_s(rng: random.Random) -> Iterator[float]:
    """Draw pauses, in seconds: each from the upper half of a span that doubles up to a bound."""
    span_s = PAUSE_MIN_S
    while True:
        yield rng.uniform(span_s / 2, span_s)
        span_s = min(2 * span_s, PAUSE_MAX_S)


def _next(since: int, number: int) -> int:
    if number != since + 1:
        remedy = "report it: a node never leaves a number out"
        raise NodeError(f"event {since + 1:,}", f"{number:,}", remedy, code="event_out_of_turn")
    return number
