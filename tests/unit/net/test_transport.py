"""Connections over real sockets on the loopback: on both event loops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from p2pchain.errors import UsageError
from p2pchain.net.dialer import dial
from p2pchain.net.listener import UNIX_PATH_MAX, bind_tcp, listen_tcp, listen_unix
from p2pchain.net.transport import READ_BYTES, WRITE_HIGH_BYTES, WRITE_MAX_BYTES, Connection, Sink

HOST = "127.0.0.1"


class End:
    """One end of a connection, and all that happened on it."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.received = bytearray()
        self.sizes: list[int] = []
        self.takes = True
        self.happened: list[str] = []
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def factory(self) -> Connection:
        return Connection(
            Sink(
                opened=self._opened,
                received=self._received,
                paused=lambda _: self._note("paused"),
                resumed=lambda _: self._note("resumed"),
                closed=lambda _, reason: self._note(f"closed: {reason}"),
            )
        )

    @property
    def open(self) -> Connection:
        assert self.connection is not None
        return self.connection

    async def until(self, word: str) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: any(word in each for each in self.happened))

    async def until_received(self, size: int) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= size)

    def _opened(self, connection: Connection) -> None:
        self.connection = connection
        self._note("opened")

    def _received(self, connection: Connection, data: bytes) -> None:
        self.received += data
        self.sizes.append(len(data))
        if self.takes:
            connection.took()
        self._note("received")

    def _note(self, what: str) -> None:
        self.happened.append(what)
        task = asyncio.get_running_loop().create_task(self._wake())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[End, End]]:
    """Two ends of one connection: the one that dialled, and the one that listened."""
    near, far = End(), End()
    server, port = await listen_tcp(far.factory, bind_tcp(HOST, 0))
    await server.start_serving()
    assert await dial(near.factory, HOST, port, None) is None
    await far.until("opened")
    try:
        yield near, far
    finally:
        for end in (near, far):
            end.open.abort("the test is over")
            await end.until("closed")
        server.close()
        await server.wait_closed()


async def test_bytes_go_both_ways() -> None:
    async with pair() as (near, far):
        near.open.send(b"hello")
        await far.until_received(5)
        far.open.send(b"goodbye")
        await near.until_received(7)
        assert (bytes(far.received), bytes(near.received)) == (b"hello", b"goodbye")
        assert (near.open.host, far.open.host) == (HOST, HOST)
        assert near.open.port != far.open.port


async def test_what_is_queued_goes_out_before_a_close() -> None:
    async with pair() as (near, far):
        near.open.send(bytes(300_000))
        near.open.close("done")
        near.open.send(b"too late")
        await far.until("closed")
        await near.until("closed: done")
        assert len(far.received) == 300_000
        assert near.open.host == ""


async def test_a_reader_that_stops_is_noticed_and_the_writer_resumes() -> None:
    async with pair() as (near, far):
        far.open.pause_reading()
        far.open.pause_reading()
        size = 0
        while "paused" not in near.happened:
            near.open.send(bytes(WRITE_HIGH_BYTES))
            size += WRITE_HIGH_BYTES
        far.open.resume_reading()
        await near.until("resumed")
        await far.until_received(size)


async def test_no_more_is_read_before_the_last_is_worked_off() -> None:
    async with pair() as (near, far):
        far.takes = False
        near.open.send(bytes(10 * READ_BYTES))
        await far.until("received")
        near.open.send(b"more")
        await near.until("opened")
        assert len(far.sizes) == 1
        far.takes = True
        far.open.took()
        await far.until_received(10 * READ_BYTES + 4)
        assert max(far.sizes) <= READ_BYTES


async def test_a_turn_of_the_loop_reads_only_once() -> None:
    async with pair() as (near, far):
        far.open.pause_reading()
        near.open.send(bytes(8 * READ_BYTES))
        turns: list[int] = []

        def count() -> None:
            turns.append(len(far.sizes))
            if len(far.received) < 8 * READ_BYTES:
                asyncio.get_running_loop().call_soon(count)

        far.open.resume_reading()
        count()
        await far.until_received(8 * READ_BYTES)
        assert max(later - earlier for earlier, later in pairwise(turns)) == 1


async def test_a_queue_over_its_bound_ends_the_connection() -> None:
    async with pair() as (near, far):
        far.open.pause_reading()
        for _ in range(2 * WRITE_MAX_BYTES // WRITE_HIGH_BYTES):
            near.open.send(bytes(WRITE_HIGH_BYTES))
        await near.until("wait to be read")


async def test_a_close_that_nobody_reads_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.net.transport.CLOSE_TIMEOUT_S", 0.01)
    async with pair() as (near, far):
        far.open.pause_reading()
        near.open.send(bytes(8 * WRITE_HIGH_BYTES))
        near.open.close("no time")
        await near.until("closed: no time")


async def test_a_dial_from_a_chosen_host() -> None:
    far, near = End(), End()
    server, port = await listen_tcp(far.factory, bind_tcp(HOST, 0))
    await server.start_serving()
    assert await dial(near.factory, HOST, port, "127.0.0.7") is None
    await far.until("opened")
    assert far.open.host == "127.0.0.7"
    near.open.abort("")
    await far.until("closed")
    await near.until("closed")
    server.close()


async def test_a_dial_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    server, port = await listen_tcp(End().factory, bind_tcp(HOST, 0))
    server.close()
    await server.wait_closed()
    assert "refused" in (await dial(End().factory, HOST, port, None) or "").lower()
    monkeypatch.setattr("p2pchain.net.dialer.DIAL_TIMEOUT_S", 0)
    assert await dial(End().factory, HOST, port, None) == "no answer in 0 s"


async def test_a_dial_of_a_name_that_nobody_knows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def ask_nobody(*_: object, **__: object) -> None:
        raise unknown

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", ask_nobody, raising=False)
    assert await dial(End().factory, "nobody.invalid", 4343, None) == "Name or service not known"


async def test_a_taken_address_is_named() -> None:
    server, port = await listen_tcp(End().factory, bind_tcp(HOST, 0))
    with pytest.raises(UsageError, match=rf"{HOST}:{port} cannot be had"):
        bind_tcp(HOST, port)
    server.close()


async def test_a_unix_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    path.write_text("left by a dead process")
    end = End()
    server = await listen_unix(end.factory, path)
    await server.start_serving()
    assert path.stat().st_mode & 0o777 == 0o600
    other = End()
    await asyncio.get_running_loop().create_unix_connection(partial(other.factory), str(path))
    await end.until("opened")
    assert (end.open.host, end.open.port) == ("", 0)
    for each in (end, other):
        each.open.abort("")
        await each.until("closed")
    server.close()


async def test_a_socket_path_that_is_too_long_or_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose a shorter data directory"):
        await listen_unix(End().factory, tmp_path / ("x" * UNIX_PATH_MAX))
    with pytest.raises(UsageError, match="check the directory"):
        await listen_unix(End().factory, Path("/proc/none"))
