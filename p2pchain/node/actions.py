"""Everything that a node can ask of the world. A driver carries each out; where there is an answer, it is an event."""

from dataclasses import dataclass

from p2pchain.chain.block import Block
from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import Address
from p2pchain.node.remembered import Ban, KnownAddress


@dataclass(frozen=True, slots=True)
class Send:
    """Queue bytes on a connection."""

    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection once what is queued has gone out. `ConnectionClosed` follows."""

    connection: int
    reason: str


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Take no more bytes from a connection until `ResumeReading`: its sender is ahead of what we can check."""

    connection: int


@dataclass(frozen=True, slots=True)
class ResumeReading:
    """Take bytes from a connection again."""

    connection: int


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a connection: `ConnectionOpened` or `DialFailed` follows."""

    address: Address


@dataclass(frozen=True, slots=True)
class CheckSignatures:
    """Check one signature a transaction, off the loop: `SignaturesChecked` follows."""

    job: int
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class CheckBlock:
    """Decode a block and check all that can be said of it alone, off the loop: `BlockChecked` follows.

    One that was put together here is given as it is. Its transactions whose heads are in `sound`, each the whole of it,
    were checked before, signature and all.
    """

    job: int
    block: bytes | Block
    sound: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class StorePending:
    """Put transactions on disk as pending: `PendingStored` follows once they are safe, or `StoreFailed`.

    `displaced` names, for the txid of a newcomer, those that leave for it in the same transaction of the database,
    with a numbered event each: only where the newcomer is accepted. `wall_ms` is the time of acceptance.
    """

    job: int
    transactions: tuple[Transaction, ...]
    displaced: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    wall_ms: int


@dataclass(frozen=True, slots=True)
class StagedBlock:
    """A block that is valid but for the contents of the chain below it.

    `work` is that of its chain up to and including it; `chain_time` is the retarget clock's, in ms.
    """

    block: Block
    work: int
    chain_time: int


@dataclass(frozen=True, slots=True)
class CommitChain:
    """Change what the chain is, in one transaction: `ChainCommitted`, `CommitRefused` or `StoreFailed` follows.

    First the bodies in `stage` are kept; then the blocks in `revert` are taken off the tip, tip first; then those in
    `connect`, kept now or earlier, are put on top, lowest first. Any part may be empty. `wall_ms` is the time from
    which on transactions of the reverted blocks are pending again.
    """

    job: int
    stage: tuple[StagedBlock, ...]
    revert: tuple[bytes, ...]
    connect: tuple[bytes, ...]
    wall_ms: int


@dataclass(frozen=True, slots=True)
class LoadPending:
    """Read what is pending from a place on, at most one slice: `PendingLoaded` follows, or `StoreFailed`.

    It is read in its turn among the changes, so that the answer still holds when it comes.
    """

    job: int
    place: int


@dataclass(frozen=True, slots=True)
class ExpirePending:
    """Take out what was accepted before a time, oldest first, some of it, with a numbered event each.

    `PendingExpired` follows, or `StoreFailed`.
    """

    job: int
    before_ms: int


@dataclass(frozen=True, slots=True)
class ProbeStore:
    """See whether the disk has room again, by taking some: `StoreRecovered` or `StoreFailed` follows."""

    job: int


@dataclass(frozen=True, slots=True)
class LoadBlocks:
    """Read blocks, encoded, as many as fit in `bytes_max` but at least one: `BlocksLoaded` follows."""

    job: int
    hashes: tuple[bytes, ...]
    bytes_max: int


@dataclass(frozen=True, slots=True)
class LoadContents:
    """Read contents by txid, from blocks of the chain and from what is pending: `ContentsLoaded` follows.

    As many as fit in `bytes_max`, but at least one.
    """

    job: int
    txids: tuple[bytes, ...]
    bytes_max: int


@dataclass(frozen=True, slots=True)
class LoadProof:
    """Prove where a record stands, under the connected block of a hash, or the tip: `ProofLoaded` follows."""

    job: int
    txid: bytes
    head: bytes | None


@dataclass(frozen=True, slots=True)
class FillContents:
    """Put contents that were missing into a block on disk, each by its transaction's index. No answer."""

    block_hash: bytes
    contents: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class ForgetContents:
    """Erase contents wherever they are on disk, and set tombstones for them: `ContentsForgotten` follows."""

    job: int
    txids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LoadEvents:
    """Read numbered events after number `since`, at most `limit`, and as fit in `bytes_max` but at least one.

    `EventsLoaded` follows.
    """

    job: int
    since: int
    limit: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class SaveAddresses:
    """Keep the addresses of peers for the next start, and which the operator added or removed by hand. No answer."""

    addresses: tuple[KnownAddress, ...]
    added: tuple[Address, ...]
    removed: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class SaveBans:
    """Keep the bans for the next start. No answer."""

    bans: tuple[Ban, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Search a nonce for this 92-byte header, in place of any search under way: `NonceFound` may follow."""

    job: int
    header: bytes
    target: int


@dataclass(frozen=True, slots=True)
class StopSearch:
    """Give up the search under way, if any."""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the operator, in one line. `level` is debug, info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class StopNode:
    """End the process: the operator asked for it over the control socket, or its store is at fault."""


Action = (
    Send
    | Close
    | PauseReading
    | ResumeReading
    | Dial
    | CheckSignatures
    | CheckBlock
    | StorePending
    | CommitChain
    | LoadPending
    | ExpirePending
    | ProbeStore
    | LoadBlocks
    | LoadContents
    | LoadProof
    | FillContents
    | ForgetContents
    | LoadEvents
    | SaveAddresses
    | SaveBans
    | Search
    | StopSearch
    | Report
    | StopNode
)
