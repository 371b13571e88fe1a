"""A peer that tells a chain's headers truly and its bodies not: it sends others in their place, bare ones, or none."""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.errors import PeerError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

READ_BYTES = 64 * 1024


def nothing(_: bytes) -> None:
    """Have nothing to send, whatever is asked for."""


class FalsePeer:
    """Listens on a free port of a loopback address. `heard` are all messages that came, in order.

    `headers` are those of blocks 1 and up. `body` gives what is sent for a block's hash: nothing, where it is None;
    `content` what is told for a txid. It says that its chain is `more` blocks higher than it is, and of as much work as
    that would be.
    """

    def __init__(
        self,
        host: str,
        network: Network,
        headers: Sequence[Header],
        body: Callable[[bytes], bytes | None],
        more: int = 0,
        content: Callable[[bytes], bytes | None] = nothing,
    ) -> None:
        self.heard: list[Message] = []
        self._network = network
        self._headers = headers
        self._heights = {header.hash: header.height for header in headers}
        self._body = body
        self._content = content
        self._claim = len(headers) + more
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((host, 0))
        self.address = f"{host}:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, name=f"false-peer-{host}")]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for each in list(self._open):
            with suppress(OSError):  # it may end by itself meanwhile
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with self._listener:
            while True:
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    return
                self._open.add(connection)
                thread = threading.Thread(target=self._talk, args=(connection,), name="false-peer")
                self._threads.append(thread)
                thread.start()

    def _talk(self, connection: socket.socket) -> None:
        wire = Connection(Role.PEER)
        try:
            connection.sendall(encode(self._hello()))
            while data := connection.recv(READ_BYTES):
                for incoming in wire.receive(data):
                    self.heard.append(incoming.message)
                    connection.sendall(b"".join(encode(each) for each in self._answers(incoming.message)))
        except (OSError, PeerError):
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    def _answers(self, message: Message) -> list[Message]:
        if isinstance(message, Ping):
            return [Pong(nonce=message.nonce)]
        if isinstance(message, GetChain):
            return [self._chain(message)]
        if isinstance(message, GetBlocks):
            bodies = [self._body(each) for each in message.hashes]
            return [BlockMessage(block=each) for each in bodies if each is not None]
        if isinstance(message, GetContents):
            return [Contents(contents=tuple(map(self._content, message.txids)))]
        return []

    def _hello(self) -> Hello:
        genesis = self._network.genesis
        return Hello(
            protocol=1,
            network=self._network.id,
            agent="false",
            node=self.address.encode()[:16].ljust(16, b"\0"),
            listen=int(self.address.rpartition(":")[2]),
            height=self._claim,
            tip=self._tip(),
            work=(genesis.work * (1 + self._claim)).to_bytes(32, "big"),
            time=genesis.timestamp,
        )

    def _chain(self, asked: GetChain) -> Chain:
        start = next((self._heights[each] for each in asked.locator if each in self._heights), 0)
        items = tuple(header.encode() for header in self._headers[start : start + asked.limit])
        return Chain(what="headers", start=start + 1, items=items, height=self._claim, tip=self._tip())

    def _tip(self) -> bytes:
        """Name the last block, or one that nobody has."""
        return self._headers[-1].hash if self._claim == len(self._headers) else bytes(32)
