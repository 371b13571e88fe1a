"""`new_tx`: pushes transactions."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.chain.transaction import HEAD_SIZE_MIN
from p2pchain.wire.fields import Bytes, Fields, Flag, ListOf
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTx(Message):
    """Pushes transactions.

    Fields:
        transactions: encoded, none shorter than a head: each may have to be answered by its id and a code.
        ack: whether got_tx is to answer once they are on disk.
    """

    NAME: ClassVar[str] = "new_tx"
    BYTES_MAX: ClassVar[int] = 2 * 1024 * 1024
    FIELDS: ClassVar[Fields] = {
        "transactions": ListOf(Bytes(2 * 1024 * 1024, HEAD_SIZE_MIN), 1_000),
        "ack": Flag(),
    }

    transactions: tuple[bytes, ...]
    ack: bool
