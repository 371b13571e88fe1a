"""One connection: what comes in is handed on, what goes out is queued within bounds, and closing has a deadline."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

WRITE_HIGH_BYTES = 1024 * 1024
WRITE_LOW_BYTES = 256 * 1024

# A peer that reads so slowly that this much waits for it has to go: each connection's queue is its own.
WRITE_MAX_BYTES = 32 * 1024 * 1024
CLOSE_TIMEOUT_S = 1.0

# What is read at a time. No more is read in a turn of the loop, nor before this is worked off: an event loop would go
# on for as long as there is more, and nobody else would have a turn.
READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sink:
    """What a connection calls. None of them is expected to raise.

    Who gets bytes by `received` has to call the connection's `took` once they are worked off.
    """

    opened: Callable[["Connection"], None]
    received: Callable[["Connection", bytes], None]
    paused: Callable[["Connection"], None]
    resumed: Callable[["Connection"], None]
    closed: Callable[["Connection", str], None]


class Connection(asyncio.BufferedProtocol):
    """A TCP or Unix connection."""

    def __init__(self, sink: Sink) -> None:
        """Take whom to tell."""
        self._sink = sink
        self._transport: asyncio.Transport | None = None
        self._reason = ""
        self._buffer = bytearray(READ_BYTES)
        self._in_hand = 0
        self._resting = False
        self._held = False
        self.ended = asyncio.get_running_loop().create_future()

    @property
    def host(self) -> str:
        """The other end's host; empty on a Unix socket."""
        return self._peer()[0]

    @property
    def port(self) -> int:
        """The other end's port; 0 on a Unix socket."""
        return self._peer()[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (called by the loop)."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(WRITE_HIGH_BYTES, WRITE_LOW_BYTES)
        self._sink.opened(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Lend room for what comes in (called by the loop)."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand bytes on (called by the loop)."""
        self._in_hand += 1
        self._sink.received(self, bytes(memoryview(self._buffer)[:nbytes]))
        if self._in_hand or nbytes == READ_BYTES:
            self._rest()

    def took(self) -> None:
        """Hear that bytes which were handed on are worked off."""
        self._in_hand -= 1
        if self._resting and not self._in_hand:
            asyncio.get_running_loop().call_soon(self._go_on)

    def pause_writing(self) -> None:
        """Tell that the queue is long (called by the loop)."""
        self._sink.paused(self)

    def resume_writing(self) -> None:
        """Tell that the queue is short again (called by the loop)."""
        self._sink.resumed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that it is over (called by the loop)."""
        reason = self._reason or (str(exc) if exc is not None else "closed by the other side")
        self._transport = None
        self._buffer = bytearray()
        self.ended.set_result(None)
        self._sink.closed(self, reason)

    def send(self, data: bytes) -> None:
        """Queue bytes; a queue over its bound ends the connection."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > WRITE_MAX_BYTES:
            self.abort(f"more than {WRITE_MAX_BYTES:,} bytes wait to be read by the other side")

    def close(self, reason: str) -> None:
        """Close once what is queued has gone out, or after a second."""
        if self._transport is not None and not self._transport.is_closing():
            self._reason = self._reason or reason
            self._transport.close()
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self.abort, reason)

    def abort(self, reason: str) -> None:
        """Close at once."""
        if self._transport is not None:
            self._reason = self._reason or reason
            self._transport.abort()

    def pause_reading(self) -> None:
        """Let the other side wait."""
        self._held = True
        self._read_or_not()

    def resume_reading(self) -> None:
        """Read again."""
        self._held = False
        self._read_or_not()

    def _rest(self) -> None:
        """Read no more in this turn of the loop, nor while there is something in hand."""
        self._resting = True
        self._read_or_not()
        if not self._in_hand:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        self._read_or_not()

    def _read_or_not(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        wanted = not (self._held or self._resting)
        if wanted and not self._transport.is_reading():
            self._transport.resume_reading()
        elif not wanted and self._transport.is_reading():
            self._transport.pause_reading()

    def _peer(self) -> tuple[str, int]:
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else ("", 0)
