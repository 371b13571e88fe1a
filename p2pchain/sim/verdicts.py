"""Checks of signatures and blocks, made once for all hosts of a process: each of them asks for the same ones."""

from functools import lru_cache

from p2pchain.chain import keys, rules
from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError

SIGNATURES_REMEMBERED = 200_000
BLOCKS_REMEMBERED = 4_096

_verify = lru_cache(SIGNATURES_REMEMBERED)(keys.verify)


def is_signed(transaction: Transaction) -> bool:
    """Whether a transaction's signature is valid."""
    return _verify(transaction.head.author, transaction.txid, transaction.head.signature)


def verdicts_on(block: bytes | Block, network: Network) -> tuple[Block | PeerError, Block | PeerError]:
    """Check all that can be said of a block alone: but for its signatures, and with them.

    Gives twice the block, or the first fault in it.
    """
    return _verdicts_on(block if isinstance(block, bytes) else block.encode(), network)


@lru_cache(BLOCKS_REMEMBERED)
def _verdicts_on(encoded: bytes, network: Network) -> tuple[Block | PeerError, Block | PeerError]:
    try:
        block = Block.decode(encoded, network.id)
        rules.check_block_alone(block, network)
    except PeerError as error:
        return error, error
    try:
        for transaction in block.transactions:
            if not is_signed(transaction):
                rules.check_signature(transaction)
    except PeerError as error:
        return block, error
    return block, block
