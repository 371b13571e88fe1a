"""`error`: what was asked cannot be served."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message, cut
from p2pchain.wire.messages.bye import REASON_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage(Message):
    """What was asked cannot be served.

    Fields:
        code: short and stable.
        reason: for people.
        to: the message that it answers.
    """

    NAME: ClassVar[str] = "error"
    BYTES_MAX: ClassVar[int] = 1024
    FIELDS: ClassVar[Fields] = {
        "code": Text(64),
        "reason": Text(REASON_MAX),
        "to": Text(64),
    }

    code: str
    reason: str
    to: str

    def __post_init__(self) -> None:
        """Cut the reason to its limit."""
        object.__setattr__(self, "reason", cut(self.reason, REASON_MAX))
