"""The rules of consensus, each a function with an error of its own, in stages of rising cost and context."""

from dataclasses import dataclass
from hashlib import sha256

from p2pchain.chain import keys
from p2pchain.chain.block import Block, merkle_root_of
from p2pchain.chain.header import VERSION, Header
from p2pchain.chain.history import Frontier
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_bits
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import RuleError

FUTURE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Parent:
    """What a header is checked against: its parent, and the retarget clock there, in ms."""

    header: Header
    chain_time: int


class WrongVersion(RuleError):
    """A header of another version."""

    code = "wrong_version"


class InsufficientWork(RuleError):
    """A header whose hash exceeds its target."""

    code = "insufficient_work"


class WrongHeight(RuleError):
    """A header that is not one above its parent."""

    code = "wrong_height"


class WrongParent(RuleError):
    """A header that names another parent."""

    code = "wrong_parent"


class WrongBits(RuleError):
    """A header whose target is not the one that the retarget rule gives."""

    code = "wrong_bits"


class TimestampNotRising(RuleError):
    """A header that is not later than its parent."""

    code = "timestamp_not_rising"


class FutureHeader(RuleError):
    """A header whose time has not come: the sender's clock may be wrong, or ours."""

    code = "future_header"
    ban_seconds = 0
    transient = True
    condemns = False


class TransactionTooLarge(RuleError):
    """A transaction over the network's limit."""

    code = "transaction_too_large"


class InsufficientStamp(RuleError):
    """A transaction whose id carries less work than the network asks for."""

    code = "insufficient_stamp"


class InvalidSignature(RuleError):
    """A transaction that its author did not sign."""

    code = "invalid_signature"


class ContentMismatch(RuleError):
    """Content that is not what the head commits to. It says nothing about the head."""

    code = "content_mismatch"
    condemns = False


class BlockTooLarge(RuleError):
    """A block over the network's limit."""

    code = "block_too_large"


class WrongMerkleRoot(RuleError):
    """A body that does not belong to its header."""

    code = "wrong_merkle_root"
    condemns = False


class RepeatedTransaction(RuleError):
    """A block that holds one txid twice."""

    code = "repeated_transaction"


class WrongHistoryRoot(RuleError):
    """A coinbase that commits to other blocks below it."""

    code = "wrong_history_root"


class WrongChainWork(RuleError):
    """A coinbase that states another amount of work below it."""

    code = "wrong_chain_work"


class DuplicateTransaction(RuleError):
    """A block that holds a txid which its chain holds already; `culprit` is the block's hash."""

    code = "duplicate_transaction"

    def __init__(self, expected: str, found: str = "", remedy: str = "", *, culprit: bytes = b"") -> None:
        super().__init__(expected, found, remedy)
        self.culprit = culprit


def check_header_alone(header: Header) -> None:
    """Check what a header says of itself: version, well-formed bits, proof of work."""
    if header.version != VERSION:
        raise WrongVersion(f"version {VERSION}", str(header.version))
    if not header.meets_target():
        raise InsufficientWork(f"a hash of at most {header.target:064x}", header.hash.hex())


def check_header_with_parent(header: Header, parent: Parent, network: Network) -> None:
    """Check a header against its parent."""
    if header.previous_hash != parent.header.hash:
        raise WrongParent(parent.header.hash.hex(), header.previous_hash.hex())
    if header.height != parent.header.height + 1:
        raise WrongHeight(f"height {parent.header.height + 1}", str(header.height))
    bits = next_bits(network, parent.header.height, parent.chain_time, parent.header.bits)
    if header.bits != bits:
        raise WrongBits(f"bits {bits:#010x}", f"{header.bits:#010x}")
    if header.timestamp <= parent.header.timestamp:
        raise TimestampNotRising(f"a time above {parent.header.timestamp}", str(header.timestamp))


def check_header_now(header: Header, wall_ms: int, network: Network) -> None:
    """Check that a header's time has come, give or take a minute."""
    ahead = FUTURE_MS if network.retarget == "none" else min(FUTURE_MS, network.clamp)
    if header.timestamp > wall_ms + ahead:
        raise FutureHeader(f"a time of at most {wall_ms + ahead}", str(header.timestamp), "check both clocks")


def check_transaction_unsigned(transaction: Transaction, network: Network) -> None:
    """Check all of a transaction but its signature."""
    if transaction.size > network.max_transaction_bytes:
        raise TransactionTooLarge(f"at most {network.max_transaction_bytes} bytes", str(transaction.size))
    if transaction.work < network.min_stamp_work:
        raise InsufficientStamp(f"a stamp of {network.min_stamp_work} hashes", str(transaction.work))
    content, head = transaction.content, transaction.head
    if content is not None and (
        len(content) != head.content_size or sha256(content).digest() != head.content_hash
    ):
        raise ContentMismatch("the content that the head commits to", f"{len(content)} other bytes")


def check_signature(transaction: Transaction) -> None:
    """Check that the author signed."""
    if not keys.verify(transaction.author, transaction.txid, transaction.head.signature):
        raise InvalidSignature("the author's signature of the transaction's id", "another one")


def check_block_alone(block: Block, network: Network) -> None:
    """Check all of a block that can be said of it alone, but the signatures."""
    heads = [transaction.head for transaction in block.transactions]
    if block.header.merkle_root != merkle_root_of(block.coinbase, heads):
        raise WrongMerkleRoot(block.header.merkle_root.hex(), merkle_root_of(block.coinbase, heads).hex())
    if block.size > network.max_block_bytes:
        raise BlockTooLarge(f"at most {network.max_block_bytes} bytes", str(block.size))
    if len({transaction.txid for transaction in block.transactions}) != len(heads):
        raise RepeatedTransaction("each txid once", "one twice")
    for transaction in block.transactions:
        check_transaction_unsigned(transaction, network)


def check_block_with_ancestors(block: Block, frontier: Frontier, parent_work: int) -> None:
    """Check what a coinbase says of the chain below: `frontier` and `parent_work` are those up to its parent."""
    if block.coinbase.history_root != frontier.root():
        raise WrongHistoryRoot(frontier.root().hex(), block.coinbase.history_root.hex())
    if block.coinbase.chain_work != parent_work:
        raise WrongChainWork(str(parent_work), str(block.coinbase.chain_work))
