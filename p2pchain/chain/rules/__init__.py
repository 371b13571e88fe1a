"""The rules of consensus, each a function with an error of its own, in stages of rising cost and context."""

from p2pchain.chain.block import Block, MalformedBlock
from p2pchain.chain.header import Header, MalformedHeader
from p2pchain.chain.rules import block, header, transaction
from p2pchain.chain.rules.block import (
    BlockTooLarge,
    DuplicateTransaction,
    RepeatedTransaction,
    WrongChainWork,
    WrongHistoryRoot,
    WrongMerkleRoot,
    check_block_alone,
    check_block_with_ancestors,
    check_new_in_chain,
)
from p2pchain.chain.rules.header import (
    FUTURE_MS,
    FutureHeader,
    InsufficientWork,
    Parent,
    TimestampNotRising,
    TimestampTooLarge,
    WrongBits,
    WrongHeight,
    WrongParent,
    WrongVersion,
    ahead_max_ms,
    check_header_alone,
    check_header_now,
    check_header_with_parent,
)
from p2pchain.chain.rules.rule import Rule, Stage
from p2pchain.chain.rules.transaction import (
    ContentMismatch,
    InsufficientStamp,
    InvalidSignature,
    TransactionTooLarge,
    check_signature,
    check_transaction_unsigned,
)
from p2pchain.chain.transaction import Head, MalformedTransaction

ENCODING = (
    Rule(Stage.ENCODING, MalformedHeader, Header.decode),
    Rule(Stage.ENCODING, MalformedTransaction, Head.decode),
    Rule(Stage.ENCODING, MalformedBlock, Block.decode),
)

# Every rule of consensus, in the order in which a node checks them.
RULES = (
    *ENCODING,
    *header.ALONE,
    *header.WITH_PARENT,
    *header.NOW,
    *block.ALONE,
    *transaction.UNSIGNED,
    *transaction.SIGNED,
    *block.WITH_ANCESTORS,
    *block.WITH_CHAIN,
)

__all__ = [
    "FUTURE_MS",
    "RULES",
    "BlockTooLarge",
    "ContentMismatch",
    "DuplicateTransaction",
    "FutureHeader",
    "InsufficientStamp",
    "InsufficientWork",
    "InvalidSignature",
    "Parent",
    "RepeatedTransaction",
    "Rule",
    "Stage",
    "TimestampNotRising",
    "TimestampTooLarge",
    "TransactionTooLarge",
    "WrongBits",
    "WrongChainWork",
    "WrongHeight",
    "WrongHistoryRoot",
    "WrongMerkleRoot",
    "WrongParent",
    "WrongVersion",
    "ahead_max_ms",
    "check_block_alone",
    "check_block_with_ancestors",
    "check_header_alone",
    "check_header_now",
    "check_header_with_parent",
    "check_new_in_chain",
    "check_signature",
    "check_transaction_unsigned",
]
