"""The connections of a node and what it knows of who is at the other end."""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum

from p2pchain.node.actions import Close, Send
from p2pchain.node.events import Address, Direction, WritesPaused
from p2pchain.node.limits import BLOCK_TIMEOUT_MS, BLOCKS_IN_FLIGHT_FIRST, KNOWN_TXS_PER_PEER, LACKS_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.wire.connection import Connection
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello

NO_HASH = bytes(32)

# A block that somebody asked for, by hash, and the id that goes with the answer.
AskedBlock = tuple[bytes, int | None]


class State(Enum):
    """How far a connection has come."""

    GREETING = "greeting"
    READY = "ready"
    CLOSING = "closing"


@dataclass(slots=True, eq=False)
class Peer:
    """One connection. Times are ms of the clock that never goes back."""

    connection: int
    address: Address
    direction: Direction
    wire: Connection
    opened_ms: int
    state: State = State.GREETING
    by_hand: bool = False
    hello: Hello | None = None
    writable: bool = True
    reading: bool = True
    heard_ms: int = 0
    ping_nonce: int | None = None
    ping_sent_ms: int = 0
    pong_due: tuple[int, int | None] | None = None
    pushed_before_ping: int = 0
    pushed_since_ping: int = 0
    round_trip_ms: int | None = None
    clock_ms: int | None = None
    addresses_told_ms: int | None = None
    address_credit_ms: int = 0
    address_credit_at_ms: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    claimed_work: int = 0
    claimed_height: int = 0
    knows_tip: bytes = NO_HASH
    told_tip: bytes = NO_HASH
    relay_cursor: int = 0
    pushed_to: bool | None = None
    crossed: int = 0
    names_due_ms: int | None = None
    known_txs: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    txs_wanted: deque[bytes] = field(default_factory=deque)
    intake_bytes: int = 0
    forged: int = 0
    headers_asked: bool = False
    headers_wanted: bool = False
    headers_asked_ms: int = 0
    headers_slow: bool = False
    headers_reached: bytes | None = None
    asked_blocks: set[bytes] = field(default_factory=set)
    blocks_share: int = BLOCKS_IN_FLIGHT_FIRST
    blocks_moved_ms: int = 0
    blocks_deadline_ms: int = 0
    blocks_patience_ms: int = BLOCK_TIMEOUT_MS
    rests_until_ms: int = 0
    lacks: set[bytes] = field(default_factory=set)
    contents_asked: bool = False
    contents_late: bool = False
    contents_deadline_ms: int = 0
    contents_told_work: int = 0
    questions: deque[Callable[[], bool]] = field(default_factory=deque)
    is_being_answered: bool = False
    serving: deque[AskedBlock] = field(default_factory=deque)
    serving_job: int | None = None

    @property
    def is_control(self) -> bool:
        """Whether it came through the operator's own door."""
        return self.direction is Direction.CONTROL

    @property
    def is_ready(self) -> bool:
        """Whether both sides have said hello, and nobody goodbye."""
        return self.state is State.READY

    def is_closing(self) -> bool:
        """Whether one side has said goodbye, be it in the middle of a handler."""
        return self.state is State.CLOSING

    @property
    def is_node(self) -> bool:
        """Whether it is a node (a debugging tool or a light client says that it listens nowhere)."""
        return self.is_ready and self.hello is not None and (self.hello.listen != 0 or self.by_hand)

    @property
    def listening(self) -> Address | None:
        """Where the node at the other end can be dialled."""
        if self.hello is None or self.hello.listen == 0:
            return None
        return Address(self.address.host, self.hello.listen)

    def note_lacks(self, hashes: Collection[bytes]) -> None:
        """Remember which bodies it did not send; of too many, only these: the others can be asked of it again."""
        if len(self.lacks) + len(hashes) > LACKS_MAX:
            self.lacks.clear()
        self.lacks.update(hashes)

    def note_tx(self, txid: bytes) -> None:
        """Remember that it has a transaction; of too many, the newest."""
        self.known_txs[txid] = None
        if len(self.known_txs) > KNOWN_TXS_PER_PEER:
            self.known_txs.popitem(last=False)

    def forget_tx(self, txid: bytes) -> bool:
        """Remember it no longer; says whether it was remembered."""
        return self.known_txs.pop(txid, self) is None

    @property
    def name(self) -> str:
        """How log lines call it."""
        return "control" if self.is_control else str(self.address)


class Peers:
    """All connections, by number."""

    def __init__(self, outbox: Outbox) -> None:
        """Start with none."""
        self._outbox = outbox
        self._by_connection: dict[int, Peer] = {}
        self._nodes: list[Peer] | None = None

    def __len__(self) -> int:
        """How many connections there are, of any kind."""
        return len(self._by_connection)

    def add(self, peer: Peer) -> None:
        """Take in a new connection."""
        self._by_connection[peer.connection] = peer
        self.changed()

    def changed(self) -> None:
        """Hear that somebody may have become a node, or is none any more: `nodes` looks anew."""
        self._nodes = None

    def get(self, connection: int) -> Peer | None:
        """Find a connection that is not gone."""
        return self._by_connection.get(connection)

    def remove(self, connection: int) -> Peer | None:
        """Forget a connection that is gone."""
        self.changed()
        peer = self._by_connection.pop(connection, None)
        if peer is not None:  # timers hold it for a while, but not what is large of it
            peer.wire.drop()
            for held in (peer.known_txs, peer.txs_wanted, peer.questions, peer.serving, peer.lacks):
                held.clear()
        return peer

    def paused(self, event: WritesPaused) -> None:
        """Note that a connection's queue is long: what can wait does."""
        peer = self.get(event.connection)
        if peer is not None:
            peer.writable = False

    def all(self) -> list[Peer]:
        """List every connection, oldest first."""
        return list(self._by_connection.values())

    def nodes(self) -> list[Peer]:
        """List the nodes that we are in conversation with, oldest first."""
        if self._nodes is None:
            self._nodes = [peer for peer in self._by_connection.values() if peer.is_node]
        return self._nodes

    def count(self, direction: Direction) -> int:
        """Count the connections of one direction that are not closing."""
        return sum(
            peer.direction is direction and peer.state is not State.CLOSING
            for peer in self._by_connection.values()
        )

    def send(self, peer: Peer, message: Message, tag: int | None = None) -> None:
        """Say something to a peer; `tag` is the id of the request that it answers."""
        self.send_encoded(peer, encode(message, tag))

    def send_encoded(self, peer: Peer, frame: bytes) -> None:
        """Send a frame that is encoded already: one that goes to many is encoded once."""
        if peer.state is not State.CLOSING:
            peer.bytes_out += len(frame)
            self._outbox.append(Send(peer.connection, frame))

    def dismiss(self, peer: Peer, code: str, reason: str, level: str = "info") -> None:
        """Say goodbye and why, close, and tell the operator in one line."""
        if peer.state is State.CLOSING:
            return
        self.send(peer, Bye(code=code, reason=reason))
        peer.state = State.CLOSING
        self.changed()
        self._outbox.append(Close(peer.connection, reason))
        self._outbox.report(level, f"{peer.name}: closing ({code}): {reason}")
