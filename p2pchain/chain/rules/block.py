"""The rules that blocks keep: alone, on the headers below them, and on the contents of the chain below them."""

from collections.abc import Callable, Container

from p2pchain.chain.block import Block, merkle_root_of
from p2pchain.chain.history import Frontier
from p2pchain.chain.network import Network
from p2pchain.chain.rules import transaction as transactions
from p2pchain.chain.rules.rule import Rule, Stage
from p2pchain.errors import RuleError


class WrongMerkleRoot(RuleError):
    """A body that does not belong to its header."""

    code = "wrong_merkle_root"
    condemns = False


class BlockTooLarge(RuleError):
    """A block over the network's limit."""

    code = "block_too_large"


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


def check_merkle_root(block: Block, network: Network) -> None:
    """Hold a body to its header. This comes first: what other rules find is the header's fault only if it holds."""
    del network
    found = merkle_root_of(block.coinbase, [transaction.head for transaction in block.transactions])
    if block.header.merkle_root != found:
        raise WrongMerkleRoot(block.header.merkle_root.hex(), found.hex())


def check_block_size(block: Block, network: Network) -> None:
    """Hold a block's size, contents included, to the network's limit."""
    if block.size > network.max_block_bytes:
        raise BlockTooLarge(f"at most {network.max_block_bytes} bytes", str(block.size))


def check_repetition(block: Block, network: Network) -> None:
    """Take each txid once."""
    del network
    if len({transaction.txid for transaction in block.transactions}) != len(block.transactions):
        raise RepeatedTransaction("each txid once", "one twice")


def check_history_root(block: Block, frontier: Frontier, parent_work: int) -> None:
    """Hold the coinbase to the blocks below."""
    del parent_work
    if block.coinbase.history_root != frontier.root():
        raise WrongHistoryRoot(frontier.root().hex(), block.coinbase.history_root.hex())


def check_chain_work(block: Block, frontier: Frontier, parent_work: int) -> None:
    """Hold the coinbase to the work below."""
    del frontier
    if block.coinbase.chain_work != parent_work:
        raise WrongChainWork(str(parent_work), str(block.coinbase.chain_work))


def check_new_in_chain(block: Block, known: Callable[[bytes], bool]) -> None:
    """Take no txid that is known in the chain below. Who holds the index of the chain checks this as it connects."""
    for transaction in block.transactions:
        if known(transaction.txid):
            found = transaction.txid.hex()
            raise DuplicateTransaction("each txid once in the chain", found, culprit=block.hash)


ALONE = (
    Rule(Stage.BLOCK_ALONE, WrongMerkleRoot, check_merkle_root),
    Rule(Stage.BLOCK_ALONE, BlockTooLarge, check_block_size),
    Rule(Stage.BLOCK_ALONE, RepeatedTransaction, check_repetition),
)
WITH_ANCESTORS = (
    Rule(Stage.BLOCK_WITH_ANCESTORS, WrongHistoryRoot, check_history_root),
    Rule(Stage.BLOCK_WITH_ANCESTORS, WrongChainWork, check_chain_work),
)
WITH_CHAIN = (Rule(Stage.BLOCK_WITH_CHAIN, DuplicateTransaction, check_new_in_chain),)


def check_block_alone(block: Block, network: Network, sound: Container[bytes] = frozenset()) -> None:
    """Check all of a block that can be said of it alone, but the signatures.

    Transactions whose heads are in `sound`, each the whole of it, were checked before they were put into the block.
    """
    for rule in ALONE:
        rule.check(block, network)
    new = [transaction for transaction in block.transactions if transaction.head.raw not in sound]
    for check in [rule.check for rule in transactions.UNSIGNED]:
        for transaction in new:
            check(transaction, network)


def check_block_with_ancestors(block: Block, frontier: Frontier, parent_work: int) -> None:
    """Check what a coinbase says of the chain below: `frontier` and `parent_work` are those up to its parent."""
    for rule in WITH_ANCESTORS:
        rule.check(block, frontier, parent_work)
