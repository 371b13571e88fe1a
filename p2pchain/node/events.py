"""Everything that can happen to a node. Each event goes in together with the time at which it happened."""

from dataclasses import dataclass
from enum import Enum

from p2pchain.chain.block import Block
from p2pchain.chain.receipt import Receipt
from p2pchain.errors import PeerError, UsageError
from p2pchain.node.hosts import canonical
from p2pchain.node.ports import Returned, StoredEvent, StoredPending

PORT_MAX = 65535


@dataclass(frozen=True, slots=True)
class Now:
    """The time of an event.

    `wall_ms` is milliseconds since 1970-01-01 UTC, for timestamps, and may step; `ticks_ms` is milliseconds
    of a clock that never goes back, for timeouts.
    """

    wall_ms: int
    ticks_ms: int


class Direction(Enum):
    """Who opened a connection, and through which door."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a peer is: a numeric host and a TCP port (0 where it is not known)."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read HOST:PORT, with an IPv6 host in brackets.

        Raises:
            UsageError: it is not of that form.
        """
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        is_number = port.isascii() and port.isdigit() and len(port) <= len(str(PORT_MAX))
        if not (colon and host and is_number and int(port) <= PORT_MAX):
            raise UsageError("an address as HOST:PORT", repr(text), "give for example 192.0.2.1:4343")
        return cls(canonical(host), int(port))

    def __str__(self) -> str:
        """HOST:PORT, with an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    """A connection is there. `connection` numbers are never used twice by one driver."""

    connection: int
    address: Address
    direction: Direction


@dataclass(frozen=True, slots=True)
class BytesReceived:
    """Bytes came in on a connection, split anyhow."""

    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """A connection is gone, whoever closed it."""

    connection: int
    reason: str


@dataclass(frozen=True, slots=True)
class DialFailed:
    """A connection that was asked for by `Dial` did not come about."""

    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class WritesPaused:
    """The connection's send queue is over its high-water mark: only what is needed should follow."""

    connection: int


@dataclass(frozen=True, slots=True)
class WritesResumed:
    """The connection's send queue has drained below its low-water mark."""

    connection: int


@dataclass(frozen=True, slots=True)
class SignaturesChecked:
    """The answer to `CheckSignatures`: one verdict a head, in order."""

    job: int
    valid: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class BlockChecked:
    """The answer to `CheckBlock`: the block that stands for itself, or the first fault found in it.

    One that is not `final` may come before it: the block is sound but for its signatures, which are being checked.
    """

    job: int
    verdict: Block | PeerError
    final: bool = True


class Stored(Enum):
    """What became of one transaction given to the store."""

    ACCEPTED = "accepted"
    PENDING = "pending"  # it was there already
    CHAINED = "chained"  # it is in the chain


@dataclass(frozen=True, slots=True)
class PendingStored:
    """The answer to `StorePending`: everything accepted is on disk. One outcome a transaction, in order.

    `evicted` are the txids that were pending and had to leave for what was accepted.
    """

    job: int
    outcomes: tuple[Stored, ...]
    evicted: tuple[bytes, ...]
    last_event: int


@dataclass(frozen=True, slots=True)
class ChainCommitted:
    """The answer to `CommitChain` when all of it is on disk. `confirmed` were pending and are in the chain now."""

    job: int
    confirmed: tuple[bytes, ...]
    returned: Returned
    last_event: int


@dataclass(frozen=True, slots=True)
class PendingLoaded:
    """The answer to `LoadPending`: what is pending on disk, in order; nothing where nothing follows."""

    job: int
    found: tuple[StoredPending, ...]


@dataclass(frozen=True, slots=True)
class PendingExpired:
    """The answer to `ExpirePending`: the txids that were too old, and are gone from the disk."""

    job: int
    txids: tuple[bytes, ...]
    last_event: int


@dataclass(frozen=True, slots=True)
class CommitRefused:
    """The answer to `CommitChain` when block `culprit` breaks a rule with the chain's contents: nothing was changed."""

    job: int
    culprit: bytes
    error: PeerError


@dataclass(frozen=True, slots=True)
class BlocksLoaded:
    """The answer to `LoadBlocks`: the encoded block for each hash, in order, or None where it is not held.

    Shorter than what was asked where the blocks did not fit in its `bytes_max`.
    """

    job: int
    blocks: tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class ContentsLoaded:
    """The answer to `LoadContents`: the content for each txid, in order, or None where it is not held.

    Shorter than what was asked where not all could be read at once.
    """

    job: int
    contents: tuple[bytes | None, ...]


class Unproven(Enum):
    """Why there is no proof of a record."""

    UNKNOWN = "unknown_tx"
    PENDING = "still_pending"
    NOT_CONNECTED = "head_not_connected"
    TOO_LOW = "head_too_low"


@dataclass(frozen=True, slots=True)
class ProofLoaded:
    """The answer to `LoadProof`: what proves where the record stands, or why there is nothing."""

    job: int
    found: Receipt | Unproven


@dataclass(frozen=True, slots=True)
class ContentsForgotten:
    """The answer to `ForgetContents`: they are gone from the disk. `dropped` are the txids that were pending."""

    job: int
    dropped: tuple[bytes, ...]
    last_event: int


@dataclass(frozen=True, slots=True)
class EventsLoaded:
    """The answer to `LoadEvents`: the events after `since`, in order of their numbers, as many as fit."""

    job: int
    events: tuple[StoredEvent, ...]


@dataclass(frozen=True, slots=True)
class NonceFound:
    """The answer to `Search`: the header with this nonce meets its target."""

    job: int
    nonce: int


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The disk has refused, or what is on it is damaged: of `jobs`, which were one commit, none was done.

    `code` names the fault and `reason` tells the operator about it. A `transient` one, a full disk, may pass; what is
    wanted of the jobs then has to be asked for again.
    """

    code: str
    reason: str
    transient: bool
    jobs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoreRecovered:
    """The answer to `ProbeStore` where the disk takes something. Where it does not, `StoreFailed` names the job."""

    job: int


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The moment that `Node.wakes_at` named has come."""


Event = (
    ConnectionOpened
    | BytesReceived
    | ConnectionClosed
    | DialFailed
    | WritesPaused
    | WritesResumed
    | SignaturesChecked
    | BlockChecked
    | PendingStored
    | PendingLoaded
    | PendingExpired
    | ChainCommitted
    | CommitRefused
    | BlocksLoaded
    | ContentsLoaded
    | ProofLoaded
    | ContentsForgotten
    | EventsLoaded
    | NonceFound
    | StoreFailed
    | StoreRecovered
    | TimePassed
)
