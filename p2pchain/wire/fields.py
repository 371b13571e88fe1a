"""The kinds of field that messages have: each knows its bounds, and reads no more than they allow."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from p2pchain.errors import WireError

UINT_MAX = 2**63 - 1


class WrongType(WireError):
    """A field of another type than the message's."""

    code = "wrong_type"


class OutOfBounds(WireError):
    """A field that is larger, longer or more than the message allows."""

    code = "out_of_bounds"


class MissingField(WireError):
    """A field that the message needs is not there."""

    code = "missing_field"


class Source(Protocol):
    """Where values are read from, one after the other. It raises ValueError where another kind of value stands."""

    def unpack(self) -> Any:
        """Give the next plain value: a number, text, bytes, true, false or nil."""

    def read_array_header(self) -> int:
        """Begin a list: give the number of values that it claims to hold."""


class Kind(Protocol):
    """A kind of field."""

    def read(self, name: str, source: Source) -> Any:
        """Read a value, check it and give what the message holds."""


@dataclass(frozen=True, slots=True)
class Uint:
    """A whole number from 0."""

    max: int = UINT_MAX

    def read(self, name: str, source: Source) -> int:
        """Check it; a flag is no number."""
        value = _plain(name, "a whole number", source)
        if type(value) is not int:
            raise WrongType(f"{name}: a whole number", type(value).__name__)
        if not 0 <= value <= self.max:
            raise OutOfBounds(f"{name}: 0 to {self.max}", str(value))
        return value


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, of one length or up to one; where `nil` says so, nil may stand in their place."""

    max: int
    min: int = 0
    nil: bool = False

    def read(self, name: str, source: Source) -> bytes | None:
        """Check type and length."""
        value = _plain(name, "bytes", source)
        if value is None and self.nil:
            return None
        if type(value) is not bytes:
            raise WrongType(f"{name}: bytes", type(value).__name__)
        if not self.min <= len(value) <= self.max:
            raise OutOfBounds(f"{name}: {self.min} to {self.max} bytes", str(len(value)))
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text, with a bound on its UTF-8 bytes."""

    max: int

    def read(self, name: str, source: Source) -> str:
        """Check type and length."""
        value = _plain(name, "text", source)
        if type(value) is not str:
            raise WrongType(f"{name}: text", type(value).__name__)
        if len(value) > self.max or len(value.encode()) > self.max:
            raise OutOfBounds(f"{name}: at most {self.max} bytes of UTF-8", f"{len(value)} letters")
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, name: str, source: Source) -> str:
        """Check that it is one of them."""
        value = _plain(name, "text", source)
        if type(value) is not str:
            raise WrongType(f"{name}: text", type(value).__name__)
        if value not in self.words:
            raise OutOfBounds(f"{name}: one of {', '.join(self.words)}", repr(value[:20]))
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def read(self, name: str, source: Source) -> bool:
        """Check the type."""
        value = _plain(name, "true or false", source)
        if type(value) is not bool:
            raise WrongType(f"{name}: true or false", type(value).__name__)
        return value


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind."""

    kind: Kind
    max: int

    def read(self, name: str, source: Source) -> tuple[Any, ...]:
        """Check the number of items, then each."""
        count = _count(name, source)
        if count > self.max:
            raise OutOfBounds(f"{name}: at most {self.max} items", str(count))
        read = self.kind.read
        return tuple([read(name, source) for _ in range(count)])


@dataclass(frozen=True, slots=True)
class Row:
    """A list of a fixed number of items, each of its own kind."""

    kinds: tuple[Kind, ...]

    def read(self, name: str, source: Source) -> tuple[Any, ...]:
        """Check the number of items, then each."""
        count = _count(name, source)
        if count != len(self.kinds):
            raise OutOfBounds(f"{name}: {len(self.kinds)} items", str(count))
        return tuple([kind.read(name, source) for kind in self.kinds])


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be absent."""

    kind: Kind
    absent: Any = None

    def read(self, name: str, source: Source) -> Any:
        """Check it where it is there."""
        return self.kind.read(name, source)


Fields = Mapping[str, Kind]
HASH = Bytes(32, 32)


def absent(fields: Fields, present: Container[str]) -> dict[str, Any]:
    """Give what stands for the fields that are not there.

    Raises:
        MissingField: the message needs one of them.
    """
    values: dict[str, Any] = {}
    for name, kind in fields.items():
        if name in present:
            continue
        if not isinstance(kind, Optional):
            raise MissingField(f"field {name}", "none")
        values[name] = kind.absent
    return values


def _plain(name: str, expected: str, source: Source) -> Any:
    try:
        return source.unpack()
    except ValueError as error:
        raise WrongType(f"{name}: {expected}", _what(error)) from error


def _count(name: str, source: Source) -> int:
    try:
        return source.read_array_header()
    except ValueError as error:
        raise WrongType(f"{name}: a list", _what(error)) from error


def _what(error: ValueError) -> str:
    return f"another value ({str(error)[:60] or type(error).__name__})"
