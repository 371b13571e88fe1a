"""`get_proof`: asks what proves that a record stands in the chain."""

from dataclasses import dataclass
from typing import ClassVar

from p2pchain.wire.fields import HASH, Fields, Optional
from p2pchain.wire.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProof(Message):
    """Asks what proves that a record stands in the chain.

    Fields:
        txid: of the record.
        head: the block whose header it is to be proven to; the tip, if none is named.
    """

    NAME: ClassVar[str] = "get_proof"
    BYTES_MAX: ClassVar[int] = 256
    FIELDS: ClassVar[Fields] = {
        "txid": HASH,
        "head": Optional(HASH),
    }

    txid: bytes
    head: bytes | None = None
