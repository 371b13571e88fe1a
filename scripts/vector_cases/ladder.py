"""A chain on which cases stand: each case is tried on the blocks before it, and its honest version is the next one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY, Frontier
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.retarget import genesis_chain_time, next_bits, next_chain_time
from p2pchain.chain.transaction import Transaction, sign
from vector_cases.written import written_block, written_header, written_transaction

# Every second hash makes a block, the smallest limits that a network may have keep the vectors short.
NONE = replace(
    LOCAL,
    name="vectors",
    bits=0x207FFFFF,
    max_block_bytes=4096,
    max_transaction_bytes=1024,
    min_stamp_work=4,
    search_rate=None,
)
ASERT = replace(NONE, retarget="asert", spacing=10_000, half_life=600_000, clamp=20_000)
Case = dict[str, object]
STEP_MS = 1_000


@dataclass(slots=True)
class Ladder:
    """One file of vectors: a network, its chain, and the cases, each standing on the first `below` blocks of it."""

    network: Network
    chain: list[Block] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    work: int = 0
    chain_time: int = 0
    frontier: Frontier = EMPTY
    _signed: int = 0

    def __post_init__(self) -> None:
        """Start from the genesis block."""
        genesis = self.network.genesis
        self.work = genesis.work
        self.chain_time = genesis_chain_time(self.network)
        self.frontier = EMPTY.append(genesis.hash)

    @property
    def tip(self) -> Header:
        """The header of the chain's last block."""
        return self.chain[-1].header if self.chain else self.network.genesis

    @property
    def author(self) -> SigningKey:
        """Who signs the records: one author a network."""
        return SigningKey(self.network.id)

    def record(self, size: int = 0, **changes: object) -> Transaction:
        """Sign a record, of a size in all if one is given."""
        self._signed += 1
        salt = sha256(self._signed.to_bytes(4, "big")).digest()[:16]
        values = {
            "timestamp": self.network.genesis_time + self._signed,
            "kind": "test.note",
            "payload": b"a note",
            "salt": salt,
            "min_work": self.network.min_stamp_work,
        } | changes
        small = sign(self.author, self.network.id, **values)  # type: ignore[arg-type]  # the caller names fields
        if not size:
            return small
        changes["payload"] = bytes(size - small.size + len(small.payload or b""))
        return self.record(0, **changes)

    def coinbase(self, **changes: object) -> Coinbase:
        """Give the next block's coinbase, with fields changed."""
        honest = Coinbase(self.frontier.root(), self.work, bytes(range(32)))
        return replace(honest, **changes)  # type: ignore[arg-type]  # the caller names fields

    def header(self, root: bytes = bytes(32), **changes: object) -> Header:
        """Give the next header, not mined, with fields changed."""
        tip = self.tip
        bits = next_bits(self.network, tip.height, self.chain_time, tip.bits)
        honest = Header(tip.height + 1, tip.hash, root, tip.timestamp + STEP_MS, bits, 0)
        return replace(honest, **changes)  # type: ignore[arg-type]  # the caller names fields

    def block(
        self, records: Sequence[Transaction] = (), coinbase: Coinbase | None = None, **changes: object
    ) -> Block:
        """Mine the next block, with fields of its header changed."""
        base = coinbase or self.coinbase()
        root = merkle_root_of(base, [record.head for record in records])
        return Block(mined(self.header(root, **changes)), base, tuple(records))

    def grow(self, block: Block) -> None:
        """Put an honest block on top."""
        self.chain_time = next_chain_time(
            self.network, self.tip.height, self.chain_time, self.tip.timestamp, block.header.timestamp
        )
        self.chain.append(block)
        self.work += block.header.work
        self.frontier = self.frontier.append(block.hash)

    def accept_block(self, rule: str, about: str, block: Block | None = None, *, bare: bool = False) -> None:
        """Add a block that keeps a rule by little, with or without its contents, and put it on top, with them."""
        honest = block or self.block()
        shown = honest.with_contents(dict.fromkeys(range(len(honest.transactions)))) if bare else honest
        self._add(rule, about, "block", shown.encode(), None, now=honest.header.timestamp)
        self.grow(honest)

    def reject_block(self, rule: str, about: str, raw: bytes | Block, honest: Block | None = None) -> None:
        """Add a block that breaks a rule, and its honest version on top."""
        self._add(rule, about, "block", raw.encode() if isinstance(raw, Block) else raw, rule)
        self.grow(honest or self.block())

    def accept_header(self, rule: str, about: str, block: Block | None = None) -> None:
        """Add the header of a block that keeps a rule by little, and put the block on top."""
        honest = block or self.block()
        self._add(rule, about, "header", honest.header.encode(), None, now=honest.header.timestamp)
        self.grow(honest)

    def reject_header(self, rule: str, about: str, raw: bytes | Header) -> None:
        """Add a header that breaks a rule, and its honest version, as a block, on top."""
        self._add(rule, about, "header", raw.encode() if isinstance(raw, Header) else raw, rule)
        self.grow(self.block())

    def header_at(self, error: str | None, about: str, header: Header, now: int) -> None:
        """Add a header whose time decides, at a moment (ms since 1970)."""
        self._add("future_header", about, "header", header.encode(), error, now=now)

    def accept_transaction(self, rule: str, about: str, record: Transaction) -> None:
        """Add a transaction that keeps a rule by little."""
        self._add(rule, about, "transaction", record.encode(), None)

    def reject_transaction(
        self, rule: str, about: str, raw: bytes | Transaction, honest: Transaction
    ) -> None:
        """Add a transaction that breaks a rule, and one by the same author that does not."""
        encoded = raw.encode() if isinstance(raw, Transaction) else raw
        self._add(rule, about, "transaction", encoded, rule, honest=honest.encode().hex())

    def _add(
        self,
        rule: str,
        about: str,
        kind: str,
        raw: bytes,
        error: str | None,
        *,
        now: int = 0,
        honest: str = "",
    ) -> None:
        writers = {"header": written_header, "block": written_block, "transaction": written_transaction}
        case: Case = {
            "rule": rule,
            "about": about,
            "kind": kind,
            "below": len(self.chain),
            "now": now or self.tip.timestamp + STEP_MS,
            "bytes": raw.hex(),
            "error": error,
            "gives": writers[kind](raw, self.network),
        }
        self.cases.append(case | ({"honest": honest} if honest else {}))

    def file(self, about: str) -> dict[str, object]:
        """Give all of it as it is written to a file."""
        values = {name: value for name, value in self.network.values().items() if name != "search_rate"}
        return {
            "about": about,
            "network": values,
            "network_id": self.network.id.hex(),
            "chain": [block.encode().hex() for block in self.chain],
            "cases": self.cases,
        }


def mined(header: Header) -> Header:
    """Find the first nonce that does."""
    while not header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return header


def unmined(header: Header) -> Header:
    """Find the first nonce that does not."""
    while header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return header


def named(name: str, network: Network = NONE) -> Ladder:
    """Begin a file on a network of its own, so that the chains of two files never compete."""
    return Ladder(replace(network, name=f"vectors.{name}"))
