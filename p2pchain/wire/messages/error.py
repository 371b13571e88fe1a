"""`error`: what was asked cannot be served."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import Fields, Text
from p2pchain.wire.message import Message


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
        "reason": Text(512),
        "to": Text(64),
    }

    code: str
    reason: str
    to: str
