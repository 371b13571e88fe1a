"""Stands between a node that dials and the one that it dials: hears what the first says, slows the second down."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import Message

SLICE_BYTES = 16 * 1024


class WireProxy:
    """Listens on a free port of a loopback address, and dials the target for each connection that it takes.

    `heard` has a list for each connection, in order, of the messages that the dialling node said on it.
    """

    def __init__(self, target: tuple[str, int], host: str, bytes_per_s: int) -> None:
        self.heard: list[list[Message]] = []
        self.port = 0
        self.host = host
        self._target = target
        self._bytes_per_s = bytes_per_s
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT."""
        return f"{self.host}:{self.port}"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass_on, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stop.wait()
        server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways until either side has closed it."""
        said: list[Message] = []
        self.heard.append(said)
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(*self._target)
            ways = [
                asyncio.create_task(self._listen(reader, back, said)),
                asyncio.create_task(self._slow_down(there, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.close()
        writer.close()

    @staticmethod
    async def _listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: list[Message]
    ) -> None:
        wire = Connection(Role.PEER)
        while data := await reader.read(SLICE_BYTES):
            said.extend(incoming.message for incoming in wire.receive(data))
            writer.write(data)
            await writer.drain()

    async def _slow_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(SLICE_BYTES):
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(len(data) / self._bytes_per_s)
