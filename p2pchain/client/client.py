"""A conversation with a node: over its control socket, where answers carry the id of their request, or over TCP."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from p2pchain.errors import NodeError, PeerError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import Incoming
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.subscribe import Subscribe

M = TypeVar("M", bound=Message)
TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
READ_BYTES = 256 * 1024
# Messages without an id that wait to be taken, of up to 8 MiB each: behind so many nothing is read, whatever a node
# sends that was not asked for it.
UNTAGGED_MAX = 16
PROTOCOL = 1


class NoAnswer(NodeError):
    """The node has said nothing in time; it may yet."""


class Client:
    """One connection, an asynchronous context. On a control socket several requests may be under way."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, role: Role, backlog_max: int = 0
    ) -> None:
        """Take an open connection; `unix` and `tcp` open one."""
        self._reader = reader
        self._writer = writer
        self._wire = Connection(role)
        self._tags = role is Role.CONTROL
        self._backlog_max = backlog_max
        self._count = 0
        self._waiting: dict[int, asyncio.Queue[Message]] = {}
        self._untagged: asyncio.Queue[Message] = asyncio.Queue(UNTAGGED_MAX)
        self._over: NodeError | None = None
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def unix(cls, path: Path, backlog_max: int = 0) -> Self:
        """Open a node's control socket.

        While `backlog_max` answers of one request wait to be taken, nothing is read: who sets it has one request at a
        time. With 0, what was not taken yet is held, however much it is.

        Raises:
            NodeError: no node answers there.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(str(path))
        except OSError as error:
            remedy = "start it with `p2pchain run`, or name another with --node"
            raise NodeError(f"a running node at {path}", error.strerror or str(error), remedy) from error
        return cls(reader, writer, Role.CONTROL, backlog_max)

    @classmethod
    async def tcp(
        cls, host: str, port: int, *, network_id: bytes | None = None, timeout_s: float = TIMEOUT_S
    ) -> tuple[Self, Hello]:
        """Connect to a node as a client that is no node itself; returns its hello too.

        The client claims to be of the network given, or else of the one that the node's hello names.

        Raises:
            NodeError: no node answers there, or it refuses.
        """
        remedy = "check host and port, and that the node runs"
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise NodeError(f"a node at {host}:{port}", str(error) or "no answer", remedy) from error
        client = cls(reader, writer, Role.PEER)
        try:
            hello = await client.answer(Hello, timeout_s=timeout_s)
            client.send(_client_hello(hello, network_id))
        except BaseException:
            await client.close()
            raise
        return client, hello

    async def __aenter__(self) -> Self:
        """Use the connection."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def close(self) -> None:
        """Close the connection once what was said has gone out; a node that does not read is not waited for long."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)
        except TimeoutError:
            self._writer.transport.abort()

    def send(self, message: Message, tag: int | None = None) -> None:
        """Say something without waiting for an answer."""
        self._writer.write(encode(message, tag))

    async def request(self, message: Message, answer: type[M], *, timeout_s: float = TIMEOUT_S) -> M:
        """Ask, and wait for an answer of one kind.

        Raises:
            NodeError: the node refused, said something else, or nothing in time.
        """
        with self._asked(message) as queue:
            return await self._expect(queue, answer, timeout_s)

    async def request_each(
        self, message: Message, answer: type[M], count: int, *, timeout_s: float = TIMEOUT_S
    ) -> AsyncIterator[M]:
        """Ask for several things at once, and wait for as many answers; `timeout_s` is for each of them.

        Raises:
            NodeError: the node refused, said something else, or nothing in time.
        """
        with self._asked(message) as queue:
            for _ in range(count):
                yield await self._expect(queue, answer, timeout_s)

    async def answer(self, kind: type[M], *, timeout_s: float = TIMEOUT_S) -> M:
        """Wait for the next message of a kind on a connection without ids; others that come before it are passed over.

        Raises:
            NodeError: the node refused, or said nothing in time.
        """
        return await self._expect(self._untagged, kind, timeout_s)

    async def subscribe(self, since: int) -> AsyncGenerator[EventMessage, None]:
        """Follow the numbered events after one, for ever.

        Raises:
            NodeError: the connection is over.
        """
        with self._asked(Subscribe(since=since)) as queue:
            while True:
                yield await self._expect(queue, EventMessage, None)

    @contextmanager
    def _asked(self, message: Message) -> Iterator[asyncio.Queue[Message]]:
        """Ask, and give the queue that the answers come into."""
        if not self._tags:
            self.send(message)
            yield self._untagged
            return
        self._count += 1
        tag = self._count
        queue = self._waiting[tag] = asyncio.Queue(self._backlog_max)
        try:
            self.send(message, tag)
            yield queue
        finally:
            del self._waiting[tag]
            while not queue.empty():
                queue.get_nowait()

    async def _expect(self, queue: asyncio.Queue[Message], kind: type[M], timeout_s: float | None) -> M:
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    message = await self._next(queue)
                    if isinstance(message, kind):
                        return message
                    if isinstance(message, ErrorMessage | Bye):
                        raise NodeError(message.reason, code=message.code)
        except TimeoutError as error:
            raise NoAnswer(
                f"{kind.NAME} within {timeout_s:g} s", "no answer", "is the node overloaded?"
            ) from error

    async def _next(self, queue: asyncio.Queue[Message]) -> Message:
        """Wait for a message, or for the end of the connection."""
        if self._over is not None and queue.empty():
            raise self._over
        if not queue.empty():
            return queue.get_nowait()
        getting = asyncio.ensure_future(queue.get())
        try:
            await asyncio.wait({getting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
        finally:
            getting.cancel()
        raise self._over or NodeError("an open connection", "a closed one", "connect again")

    async def _read(self) -> None:
        """Hand every message to whoever waits for it."""
        try:
            while data := await self._reader.read(READ_BYTES):
                for incoming in self._wire.receive(data):
                    await self._deliver(incoming)
            closed = NodeError("an open connection", "it closed by the node", "see the node's log")
            self._over = self._over or closed
        except PeerError as error:
            remedy = "run versions that speak the same one"
            self._over = NodeError(f"the protocol ({error})", "", remedy, code="other_protocol")
        except OSError as error:
            self._over = self._over or NodeError("an open connection", str(error), "see the node's log")

    async def _deliver(self, incoming: Incoming) -> None:
        message = incoming.message
        if isinstance(message, Bye):
            # It belongs to no request, and yet is why none of them will be answered.
            self._over = NodeError(message.reason, code=message.code)
        if isinstance(message, Ping):
            self.send(Pong(nonce=message.nonce))
        elif incoming.id is None:
            await self._untagged.put(message)
        elif incoming.id in self._waiting:
            await self._waiting[incoming.id].put(message)


def _client_hello(theirs: Hello, network_id: bytes | None) -> Hello:
    """Greet as one who listens nowhere."""
    return Hello(
        protocol=PROTOCOL,
        network=network_id or theirs.network,
        agent="p2pchain client",
        node=bytes(16),
        listen=0,
        height=0,
        tip=bytes(32),
        work=bytes(32),
        time=theirs.time,
    )
