"""What the bytes of a case give, valid or not: hashes, sizes and works, or nothing where they are none."""

from p2pchain.chain.block import Block, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.target import MalformedBits
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import RuleError

Written = dict[str, object] | None


def written_header(raw: bytes, network: Network) -> Written:
    """Give a header's hash, and its work where its bits are any."""
    del network
    try:
        header = Header.decode(raw)
    except RuleError:
        return None
    try:
        work = f"{header.work:064x}"
    except MalformedBits:
        work = None
    return {"hash": header.hash.hex(), "work": work}


def written_transaction(raw: bytes, network: Network) -> Written:
    """Give a transaction's id, size and work."""
    try:
        record = Transaction.decode(raw, network.id)
    except RuleError:
        return None
    return {"txid": record.txid.hex(), "size": record.size, "work": f"{record.work:064x}"}


def written_block(raw: bytes, network: Network) -> Written:
    """Give what the header gives, and the block's size, ids and roots."""
    try:
        block = Block.decode(raw, network.id)
    except RuleError:
        return None
    return {
        **(written_header(block.header.encode(), network) or {}),
        "size": block.size,
        "txids": [record.txid.hex() for record in block.transactions],
        "merkle_root": merkle_root_of(block.coinbase, [each.head for each in block.transactions]).hex(),
        "history_root": block.coinbase.history_root.hex(),
        "chain_work": f"{block.coinbase.chain_work:064x}",
    }
