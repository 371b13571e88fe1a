"""Frames: a length of 4 bytes, big-endian, and the body. What is too long is refused before it is buffered."""

from collections.abc import Callable

from p2pchain.errors import WireError

LENGTH_SIZE = 4
FRAME_MAX = 8 * 1024 * 1024
NAME_SIZE_MAX = 31
PEEK_SIZE = 3 + NAME_SIZE_MAX

_ARRAY_OF_TWO = 0x92
_FIXSTR, _FIXSTR_END, _STR8 = 0xA0, 0xC0, 0xD9


class EmptyFrame(WireError):
    """A frame without a body."""

    code = "empty_frame"


class FrameTooLong(WireError):
    """A frame over the limit of its message, or of the moment."""

    code = "frame_too_long"
    ban_seconds = 600


class MalformedEnvelope(WireError):
    """A body that is not an array of a name and a map."""

    code = "malformed_envelope"


def encode_frame(body: bytes) -> bytes:
    """Put the length before a body."""
    return len(body).to_bytes(LENGTH_SIZE, "big") + body


def name_of(body: bytes | bytearray) -> str | None:
    """Read a message's name from the first bytes of its body; None where they are too few to tell.

    Raises:
        MalformedEnvelope: no message begins so.
    """
    if len(body) < 2:
        return None
    start, size = (2, body[1] - _FIXSTR) if _FIXSTR <= body[1] < _FIXSTR_END else (3, -1)
    if body[0] != _ARRAY_OF_TWO or (size < 0 and body[1] != _STR8):
        raise MalformedEnvelope("an array of two that begins with a name", bytes(body[:2]).hex())
    if size < 0:
        if len(body) < start:
            return None
        size = body[2]
    if size > NAME_SIZE_MAX:
        raise MalformedEnvelope(f"a name of at most {NAME_SIZE_MAX} bytes", str(size))
    if len(body) < start + size:
        return None
    name = bytes(body[start : start + size])
    if not name.isascii():
        raise MalformedEnvelope("a name in ASCII", name.hex())
    return name.decode()


class FrameDecoder:
    """Cuts a stream, split anyhow, into bodies. `name` is that of the message whose body was given last."""

    def __init__(self, limit_of: Callable[[str], int]) -> None:
        """Take the limit, in bytes of body, that each name of a message has at the moment."""
        self._limit_of = limit_of
        self._buffer = bytearray()
        self._start = 0
        self._length: int | None = None
        self._judged = False
        self.name = ""

    @property
    def arriving(self) -> str | None:
        """The name of the message of which a part has come, as soon as it can be read."""
        return self.name if self._judged else None

    @property
    def buffered(self) -> int:
        """How many bytes are held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take in bytes; `next` gives what they complete."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Give the next whole body, or None where more bytes are needed.

        Raises:
            WireError: the frame is empty or too long, or no message begins as it does.
        """
        body = self._cut()
        if body is None:
            # What was given is let go of once for all the bodies of one feed, and not a whole tail moved for each.
            del self._buffer[: self._start]
            self._start = 0
        return body

    def _cut(self) -> bytes | None:
        held = len(self._buffer) - self._start
        if self._length is None:
            if held < LENGTH_SIZE:
                return None
            end = self._start + LENGTH_SIZE
            self._length = int.from_bytes(self._buffer[self._start : end], "big")
            self._start, held = end, held - LENGTH_SIZE
            if self._length == 0:
                raise EmptyFrame("a body of 1 byte or more", "none")
            if self._length > FRAME_MAX:
                raise FrameTooLong(f"at most {FRAME_MAX} bytes", str(self._length))
        if not self._judged and held:
            self._judge(self._length)
        if held < self._length:
            return None
        end = self._start + self._length
        body = bytes(self._buffer[self._start : end])
        self._start, self._length, self._judged = end, None, False
        return body

    def _judge(self, length: int) -> None:
        """Hold the frame to its message's own limit as soon as its name can be read."""
        name = name_of(self._buffer[self._start : self._start + min(PEEK_SIZE, length)])
        if name is None:
            if len(self._buffer) - self._start >= length:
                raise MalformedEnvelope("an array of a name and a map", f"{length} bytes")
            return
        self._judged = True
        self.name = name
        limit = self._limit_of(name)
        if length > limit:
            raise FrameTooLong(f"{name} of at most {limit} bytes", str(length))
