"""`bye`: the last word, before a connection closes."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message, cut

REASON_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye(Message):
    """The last word, before a connection closes.

    Fields:
        code: short and stable.
        reason: for people.
    """

    NAME: ClassVar[str] = "bye"
    BYTES_MAX: ClassVar[int] = 1024
    FIELDS: ClassVar[Fields] = {
        "code": Text(64),
        "reason": Text(REASON_MAX),
    }

    code: str
    reason: str

    def __post_init__(self) -> None:
        """Cut the reason to its limit."""
        object.__setattr__(self, "reason", cut(self.reason, REASON_MAX))
