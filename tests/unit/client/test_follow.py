"""Following a node that a test plays: through its ends and its absence, each event once, and never in a hurry."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, closing
from itertools import islice
from pathlib import Path
from typing import Self

import pytest

from p2pchain.client.follow import BACKLOG_MAX, PAUSE_MAX_S, PAUSE_MIN_S, follow, pauses_s, wait
from p2pchain.errors import NodeError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import Incoming
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.subscribe import Subscribe

Reply = Callable[[Incoming, asyncio.StreamWriter], None]


def event(number: int, tag: int | None, size: int = 0) -> bytes:
    return encode(EventMessage(number=number, kind="connected", data=bytes(size)), tag)


class PlayedNode:
    """A node at a control socket: replies as a test says, and notes from where on it was asked for events."""

    def __init__(self, path: Path, reply: Reply) -> None:
        self.path = path
        self.asked: list[int] = []
        self._reply = reply
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            wire = Connection(Role.CONTROL)
            while data := await reader.read(65536):
                for incoming in wire.receive(data):
                    assert isinstance(incoming.message, Subscribe)
                    self.asked.append(incoming.message.since)
                    self._reply(incoming, writer)


def since_of(incoming: Incoming) -> int:
    assert isinstance(incoming.message, Subscribe)
    return incoming.message.since


def two_and_gone(incoming: Incoming, writer: asyncio.StreamWriter) -> None:
    for number in range(since_of(incoming) + 1, since_of(incoming) + 3):
        writer.write(event(number, incoming.id))
    writer.close()


def two_and_goodbye(incoming: Incoming, writer: asyncio.StreamWriter) -> None:
    for number in range(since_of(incoming) + 1, since_of(incoming) + 3):
        writer.write(event(number, incoming.id))
    writer.write(encode(Bye(code="stopping", reason="this node is stopping")))
    writer.close()


class Pauses:
    """Lets no time pass, but notes how long it would have been, and why; does at one pause what a test says."""

    def __init__(self, at: int = 0, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.lengths_s: list[float] = []
        self.reasons: list[str] = []
        self._at = at
        self._then = then

    async def __call__(self, pause_s: float, error: NodeError) -> None:
        self.lengths_s.append(pause_s)
        self.reasons.append(error.reason)
        if self._then is not None and len(self.lengths_s) == self._at:
            await self._then()


async def numbers(events: AsyncGenerator[EventMessage, None], count: int) -> list[int]:
    """Take so many, and no more."""
    taken: list[int] = []
    async with aclosing(events):
        async for each in events:
            taken.append(each.number)
            if len(taken) == count:
                break
    return taken


@pytest.mark.parametrize("reply", [two_and_gone, two_and_goodbye])
async def test_it_goes_on_where_it_was_when_the_node_has_been_away(tmp_path: Path, reply: Reply) -> None:
    pause = Pauses()
    async with PlayedNode(tmp_path / "sock", reply) as node:
        assert await numbers(follow(node.path, 7, random.Random(1), pause), 7) == list(range(8, 15))
    assert node.asked == [7, 9, 11, 13]
    assert set(pause.reasons) == ({"node"} if reply is two_and_gone else {"stopping"})
    assert max(pause.lengths_s) <= PAUSE_MIN_S


async def test_a_node_that_is_not_there_is_looked_for_ever_more_slowly(tmp_path: Path) -> None:
    node = PlayedNode(tmp_path / "sock", two_and_gone)
    pause = Pauses(10, node.start)
    async with aclosing(follow(node.path, 0, random.Random(2), pause)) as events:
        assert (await anext(events)).number == 1
        assert pause.lengths_s == list(islice(pauses_s(random.Random(2)), 10))
        assert [(await anext(events)).number for _ in range(2)] == [2, 3]
        assert pause.lengths_s[10] <= PAUSE_MIN_S
    await node.stop()


def test_pauses_double_up_to_a_bound_and_differ_by_chance() -> None:
    one, other = (list(islice(pauses_s(random.Random(seed)), 50)) for seed in (1, 2))
    span_s = PAUSE_MIN_S
    for pause_s in one:
        assert span_s / 2 <= pause_s <= span_s
        span_s = min(2 * span_s, PAUSE_MAX_S)
    assert span_s == PAUSE_MAX_S
    assert len(set(one)) == 50
    assert not set(one) & set(other)


@pytest.mark.parametrize("code", ["unknown_event", "frame_too_long"])
async def test_a_refusal_ends_it(tmp_path: Path, code: str) -> None:
    def refuse(incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        if code == "unknown_event":
            writer.write(encode(ErrorMessage(code=code, reason="no such event", to="subscribe"), incoming.id))
        else:
            writer.write(encode(Bye(code=code, reason="no such event")))
            writer.close()

    async with PlayedNode(tmp_path / "sock", refuse) as node:
        with pytest.raises(NodeError, match="no such event") as refused:
            await numbers(follow(node.path, 7, random.Random(3), Pauses()), 1)
    assert refused.value.reason == code
    assert node.asked == [7]


async def test_what_is_not_the_protocol_ends_it(tmp_path: Path) -> None:
    async with PlayedNode(tmp_path / "sock", lambda _, writer: writer.write(bytes(8))) as node:
        with pytest.raises(NodeError, match="run versions that speak the same one"):
            await numbers(follow(node.path, 0, random.Random(4), Pauses()), 1)


@pytest.mark.parametrize("number", [7, 9])
async def test_a_number_out_of_turn_ends_it(tmp_path: Path, number: int) -> None:
    async with PlayedNode(
        tmp_path / "sock", lambda incoming, writer: writer.write(event(number, incoming.id))
    ) as node:
        with pytest.raises(NodeError, match=f"event 8, found {number}") as refused:
            await numbers(follow(node.path, 7, random.Random(5), Pauses()), 1)
    assert refused.value.reason == "event_out_of_turn"


async def test_what_the_taker_has_no_time_for_stays_with_the_node(tmp_path: Path) -> None:
    sent = 0
    flows: list[asyncio.Task[None]] = []
    total = BACKLOG_MAX + 1_000

    async def flow(incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for number in range(1, total + 1):
            writer.write(event(number, incoming.id, 16 * 1024))
            await writer.drain()
            sent = number

    def reply(incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        flows.append(asyncio.create_task(flow(incoming, writer)))

    most = 0
    async with PlayedNode(tmp_path / "sock", reply) as node:
        async with aclosing(follow(node.path, 0, random.Random(6))) as events:
            for taken in range(1, total + 1):
                assert (await anext(events)).number == taken
                most = max(most, sent - taken)
                await asyncio.sleep(0)
        await asyncio.gather(*flows)
    # Beside the backlog, what lies in the sockets' buffers and in one read of the client.
    assert 0 < most <= BACKLOG_MAX + 100


async def test_it_waits_for_as_long_as_it_says() -> None:
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await wait(0.05, NodeError("a running node"))
    assert loop.time() - started_s >= 0.05 - 0.001
