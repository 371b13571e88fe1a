"""The kinds of field that messages have: each knows its bounds, and checks what msgpack gave."""

from collections.abc import Mapping
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


class Kind(Protocol):
    """A kind of field."""

    def read(self, name: str, value: Any) -> Any:
        """Check a decoded value and give what the message holds."""


@dataclass(frozen=True, slots=True)
class Uint:
    """A whole number from 0."""

    max: int = UINT_MAX

    def read(self, name: str, value: Any) -> int:
        """Check it; a flag is no number."""
        if type(value) is not int:
            raise WrongType(f"{name}: a whole number", type(value).__name__)
        if not 0 <= value <= self.max:
            raise OutOfBounds(f"{name}: 0 to {self.max}", str(value))
        return value


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, of one length or up to one."""

    max: int
    min: int = 0

    def read(self, name: str, value: Any) -> bytes:
        """Check type and length."""
        if type(value) is not bytes:
            raise WrongType(f"{name}: bytes", type(value).__name__)
        if not self.min <= len(value) <= self.max:
            raise OutOfBounds(f"{name}: {self.min} to {self.max} bytes", str(len(value)))
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text, with a bound on its UTF-8 bytes."""

    max: int

    def read(self, name: str, value: Any) -> str:
        """Check type and length."""
        if type(value) is not str:
            raise WrongType(f"{name}: text", type(value).__name__)
        if len(value.encode()) > self.max:
            raise OutOfBounds(f"{name}: at most {self.max} bytes of UTF-8", str(len(value.encode())))
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, name: str, value: Any) -> str:
        """Check that it is one of them."""
        if type(value) is not str:
            raise WrongType(f"{name}: text", type(value).__name__)
        if value not in self.words:
            raise OutOfBounds(f"{name}: one of {', '.join(self.words)}", repr(value[:20]))
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def read(self, name: str, value: Any) -> bool:
        """Check the type."""
        if type(value) is not bool:
            raise WrongType(f"{name}: true or false", type(value).__name__)
        return value


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind."""

    kind: Kind
    max: int

    def read(self, name: str, value: Any) -> tuple[Any, ...]:
        """Check the number of items, then each."""
        if type(value) is not list:
            raise WrongType(f"{name}: a list", type(value).__name__)
        if len(value) > self.max:
            raise OutOfBounds(f"{name}: at most {self.max} items", str(len(value)))
        read = self.kind.read
        return tuple([read(name, item) for item in value])


@dataclass(frozen=True, slots=True)
class Row:
    """A list of a fixed number of items, each of its own kind."""

    kinds: tuple[Kind, ...]

    def read(self, name: str, value: Any) -> tuple[Any, ...]:
        """Check the number of items, then each."""
        if type(value) is not list:
            raise WrongType(f"{name}: a list", type(value).__name__)
        if len(value) != len(self.kinds):
            raise OutOfBounds(f"{name}: {len(self.kinds)} items", str(len(value)))
        return tuple(kind.read(name, item) for kind, item in zip(self.kinds, value, strict=True))


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be absent."""

    kind: Kind
    absent: Any = None

    def read(self, name: str, value: Any) -> Any:
        """Check it where it is there."""
        return self.kind.read(name, value)


Fields = Mapping[str, Kind]
HASH = Bytes(32, 32)


def read_fields(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read a message's fields from a decoded map; unknown ones are passed over.

    Raises:
        WireError: one is missing, of the wrong type, or out of its bounds.
    """
    read: dict[str, Any] = {}
    for name, kind in fields.items():
        if name in values:
            read[name] = kind.read(name, values[name])
        elif isinstance(kind, Optional):
            read[name] = kind.absent
        else:
            raise MissingField(f"field {name}", "none")
    return read
