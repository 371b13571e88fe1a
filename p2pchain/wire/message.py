"""What all messages have in common, and how one becomes a frame."""

from dataclasses import dataclass
from typing import ClassVar

import msgpack

from p2pchain.errors import WireError
from p2pchain.wire.fields import Fields
from p2pchain.wire.frame import encode_frame


class ContradictoryFields(WireError):
    """Fields that are right each for itself, and make no sense together."""

    code = "contradictory_fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: its name on the wire, the most bytes that a frame of it may have, and its fields."""

    NAME: ClassVar[str]
    BYTES_MAX: ClassVar[int]
    FIELDS: ClassVar[Fields]

    def check(self) -> None:
        """Hold the fields of a message that came in to one another.

        Raises:
            ContradictoryFields: they make no sense together.
        """

    def values(self) -> dict[str, object]:
        """Give the fields that are there, by name."""
        found = {name: getattr(self, name) for name in self.FIELDS}
        return {name: value for name, value in found.items() if value is not None}


def encode(message: Message, tag: int | None = None) -> bytes:
    """Give the frame of a message; `tag` is the id that pairs an answer to its request on the control socket."""
    values = message.values()
    if tag is not None:
        values["id"] = tag
    return encode_frame(msgpack.packb([message.NAME, values]))


def cut(text: str, size: int) -> str:
    """Cut text for people to a number of bytes of UTF-8: a reason that quotes a stranger must not break a limit."""
    return text.encode()[:size].decode(errors="ignore")
