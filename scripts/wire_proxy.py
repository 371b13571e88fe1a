"""Stands between a node that dials and the one that it dials: hears what the first says, slows the second down."""

import contextlib
import socket
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
        self.host = host
        self._target = target
        self._bytes_per_s = bytes_per_s
        self._listener = socket.create_server((host, 0))
        self._taking = threading.Thread(target=self._take, name="wire-proxy")
        self._ways: list[threading.Thread] = []
        self._ends: list[socket.socket] = [self._listener]
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        self._taking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        hang_up(self._listener)
        self._taking.join()
        for end in self._ends:
            hang_up(end)
        for way in self._ways:
            way.join()
        for end in self._ends:
            end.close()

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT."""
        return f"{self.host}:{self._listener.getsockname()[1]}"

    def _take(self) -> None:
        """Carry each connection both ways, until either side has closed it."""
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                near, _ = self._listener.accept()
                self._ends.append(near)
                try:
                    far = socket.create_connection(self._target, timeout=10)
                except OSError:  # the target is not there: nor are we, to the one that dialled
                    hang_up(near)
                    continue
                far.settimeout(None)
                self._ends.append(far)
                for carry in (self._listen, self._slow_down):
                    self._ways.append(threading.Thread(target=carry, args=(near, far)))
                    self._ways[-1].start()

    def _listen(self, near: socket.socket, far: socket.socket) -> None:
        wire = Connection(Role.PEER)
        said: list[Message] = []
        self.heard.append(said)
        with contextlib.suppress(OSError):
            while data := near.recv(SLICE_BYTES):
                said.extend(incoming.message for incoming in wire.receive(data))
                far.sendall(data)
        hang_up(near, far)

    def _slow_down(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(SLICE_BYTES):
                near.sendall(data)
                self._stop.wait(len(data) / self._bytes_per_s)
        hang_up(near, far)


def hang_up(*ends: socket.socket) -> None:
    """Wake whoever waits at these ends: the other side hears of the end too."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
