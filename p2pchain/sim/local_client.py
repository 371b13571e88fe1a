"""A program at a host's control socket: hands records in, keeps what it is told of them, and follows the events."""

from collections.abc import Sequence

import msgpack

from p2pchain.chain.transaction import Transaction
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import encode
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.subscribe import Subscribe

# What a node says of a record that it has: it must never vanish from then on.
HAS = ("accepted", "known")
PUSH, FOLLOW = 1, 2


class LocalClient:
    """Outlives its host's crashes, and goes on where it stood.

    `acknowledged` are the records that the host said it has; `refused` gives the reason by txid; `cut_off` had no word
    of it when it was started anew. `chain` is what the events come to, `gaps` those whose numbers did not follow.
    """

    def __init__(self) -> None:
        """Start with nothing told."""
        self.submitted: list[Transaction] = []
        self.acknowledged: dict[bytes, None] = {}
        self.refused: dict[bytes, str] = {}
        self.cut_off: set[bytes] = set()
        self.evicted: dict[bytes, str] = {}
        self.chain: list[bytes] = []
        self.gaps: list[str] = []
        self.last_event = 0
        self.follows = False
        self._wire = Connection(Role.CONTROL)

    def connect(self) -> bytes:
        """Begin anew at a host that has started; gives what to say."""
        self._wire = Connection(Role.CONTROL)
        self.cut_off.update(each.txid for each in self.submitted if not self._is_answered(each.txid))
        return encode(Subscribe(since=self.last_event), FOLLOW) if self.follows else b""

    def submit(self, transactions: Sequence[Transaction]) -> bytes:
        """Give what to say to hand records in."""
        self.submitted.extend(transactions)
        return encode(NewTx(transactions=tuple(each.encode() for each in transactions), ack=True), PUSH)

    def hear(self, data: bytes) -> None:
        """Take in what the host says."""
        for incoming in self._wire.receive(data):
            if isinstance(incoming.message, GotTx):
                self._got(incoming.message)
            elif isinstance(incoming.message, EventMessage) and incoming.id == FOLLOW:
                self._follow(incoming.message)

    def _is_answered(self, txid: bytes) -> bool:
        return txid in self.acknowledged or txid in self.refused

    def _got(self, message: GotTx) -> None:
        for txid, code in zip(message.txids, message.codes, strict=True):
            if code in HAS:
                self.acknowledged[txid] = None
                self.refused.pop(txid, None)
            elif txid not in self.acknowledged:
                self.refused[txid] = code

    def _follow(self, event: EventMessage) -> None:
        if event.number != self.last_event + 1:
            self.gaps.append(f"event {event.number} after event {self.last_event}")
        self.last_event = event.number
        data = msgpack.unpackb(event.data)
        if event.kind == "connected":
            self.chain.append(data["hash"])
        elif event.kind == "undone":
            if self.chain[-1:] != [data["hash"]]:
                self.gaps.append(f"event {event.number} undoes a block that is not the tip")
            del self.chain[-1:]
        elif event.kind == "evicted":
            self.evicted[data["txid"]] = data["reason"]
