"""The node's connections: numbers on its side, sockets on the other."""

import asyncio
from collections.abc import Callable
from functools import partial

from p2pchain.net.dialer import dial
from p2pchain.net.transport import Connection, Sink
from p2pchain.node.events import (
    Address,
    BytesReceived,
    ConnectionClosed,
    ConnectionOpened,
    DialFailed,
    Direction,
    Event,
    WritesPaused,
    WritesResumed,
)

# Where events go, each with what is called once it has been worked off.
Post = Callable[[Event, Callable[[], None]], None]


def _nothing() -> None:
    """Nobody waits for most events to be worked off."""


class NetworkPorts:
    """Gives every connection a number, and tells what happens on it."""

    def __init__(self, post: Post, local_host: str | None) -> None:
        """Take where events go, and the host to dial from, where the operator chose one."""
        self._post = post
        self._local_host = local_host
        self._connections: dict[int, Connection] = {}
        self._numbers: dict[Connection, int] = {}
        self._count = 0
        self._dialling: set[asyncio.Task[None]] = set()

    def accept(self) -> Connection:
        """Make the near end of a connection that a peer opens."""
        return Connection(self._sink(Direction.INBOUND, None))

    def accept_control(self) -> Connection:
        """Make the near end of a connection to the control socket."""
        return Connection(self._sink(Direction.CONTROL, Address("control", 0)))

    def dial(self, address: Address) -> None:
        """Open a connection."""
        task = asyncio.get_running_loop().create_task(self._dial(address))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    def send(self, number: int, data: bytes) -> None:
        """Queue bytes."""
        if (connection := self._connections.get(number)) is not None:
            connection.send(data)

    def close(self, number: int, reason: str) -> None:
        """Close after what is queued."""
        if (connection := self._connections.get(number)) is not None:
            connection.close(reason)

    def pause_reading(self, number: int) -> None:
        """Let a peer wait."""
        if (connection := self._connections.get(number)) is not None:
            connection.pause_reading()

    def resume_reading(self, number: int) -> None:
        """Read from a peer again."""
        if (connection := self._connections.get(number)) is not None:
            connection.resume_reading()

    async def close_all(self, timeout_s: float) -> None:
        """Let what is queued go out, then end every connection."""
        for task in list(self._dialling):
            task.cancel()
        for connection in list(self._connections.values()):
            connection.close("this node is stopping")
        if self._connections:
            await asyncio.wait(
                [connection.ended for connection in self._connections.values()], timeout=timeout_s
            )
        for connection in list(self._connections.values()):
            connection.abort("this node is stopping")
        await asyncio.gather(*self._dialling, return_exceptions=True)

    async def _dial(self, address: Address) -> None:
        factory = partial(Connection, self._sink(Direction.OUTBOUND, address))
        failure = await dial(factory, address.host, address.port, self._local_host)
        if failure is not None:
            self._post(DialFailed(address, failure), _nothing)

    def _sink(self, direction: Direction, address: Address | None) -> Sink:
        return Sink(
            opened=lambda connection: self._opened(connection, direction, address),
            received=self._received,
            paused=lambda connection: self._post(WritesPaused(self._numbers[connection]), _nothing),
            resumed=lambda connection: self._post(WritesResumed(self._numbers[connection]), _nothing),
            closed=self._closed,
        )

    def _opened(self, connection: Connection, direction: Direction, address: Address | None) -> None:
        self._count += 1
        self._connections[self._count] = connection
        self._numbers[connection] = self._count
        origin = address or Address(connection.host, connection.port)
        self._post(ConnectionOpened(self._count, origin, direction), _nothing)

    def _received(self, connection: Connection, data: bytes) -> None:
        self._post(BytesReceived(self._numbers[connection], data), connection.took)

    def _closed(self, connection: Connection, reason: str) -> None:
        number = self._numbers.pop(connection)
        del self._connections[number]
        self._post(ConnectionClosed(number, reason), _nothing)
