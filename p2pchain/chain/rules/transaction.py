"""The rules that transactions keep, in a block or not."""

from hashlib import sha256

from p2pchain.chain import keys
from p2pchain.chain.network import Network
from p2pchain.chain.rules.rule import Rule, Stage
from p2pchain.chain.target import SPACE
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import RuleError


class TransactionTooLarge(RuleError):
    """A transaction over the network's limit."""

    code = "transaction_too_large"


class InsufficientStamp(RuleError):
    """A transaction whose id carries less work than the network asks for."""

    code = "insufficient_stamp"


class ContentMismatch(RuleError):
    """Content that is not what the head commits to. It says nothing about the head."""

    code = "content_mismatch"
    condemns = False


class InvalidSignature(RuleError):
    """A transaction that its author did not sign."""

    code = "invalid_signature"


def check_transaction_size(transaction: Transaction, network: Network) -> None:
    """Hold a transaction's size, content included, to the network's limit."""
    if transaction.size > network.max_transaction_bytes:
        raise TransactionTooLarge(f"at most {network.max_transaction_bytes} bytes", str(transaction.size))


def check_stamp(transaction: Transaction, network: Network) -> None:
    """Hold the work of a transaction's id to the network's least: `work >= least`, without its division."""
    if (int.from_bytes(transaction.txid, "big") + 1) * network.min_stamp_work > SPACE:
        raise InsufficientStamp(f"a stamp of {network.min_stamp_work} hashes", str(transaction.work))


def check_content(transaction: Transaction, network: Network) -> None:
    """Hold the content, where it is there, to the head."""
    del network
    content, head = transaction.content, transaction.head
    if content is not None and (
        len(content) != head.content_size or sha256(content).digest() != head.content_hash
    ):
        raise ContentMismatch("the content that the head commits to", f"{len(content)} other bytes")


def check_signature(transaction: Transaction) -> None:
    """Check that the author signed."""
    if not keys.verify(transaction.author, transaction.txid, transaction.head.signature):
        raise InvalidSignature("the author's signature of the transaction's id", "another one")


UNSIGNED = (
    Rule(Stage.TRANSACTION, TransactionTooLarge, check_transaction_size),
    Rule(Stage.TRANSACTION, InsufficientStamp, check_stamp),
    Rule(Stage.TRANSACTION, ContentMismatch, check_content),
)
SIGNED = (Rule(Stage.SIGNATURE, InvalidSignature, check_signature),)


def check_transaction_unsigned(transaction: Transaction, network: Network) -> None:
    """Check all of a transaction but its signature."""
    for rule in UNSIGNED:
        rule.check(transaction, network)
