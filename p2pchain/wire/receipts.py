"""Receipts as they travel: in the message `proof`, field by field."""

from p2pchain.chain.block import Coinbase
from p2pchain.chain.header import Header
from p2pchain.chain.receipt import CoinbaseProof, Receipt
from p2pchain.chain.transaction import Head
from p2pchain.wire.messages.proof import ProofMessage


def message_of(receipt: Receipt) -> ProofMessage:
    """Write a receipt."""
    block, later = receipt.block, receipt.later
    return ProofMessage(
        record=receipt.record.raw,
        index=receipt.index,
        path=receipt.path,
        header=block.header.encode(),
        coinbase=block.coinbase.encode(),
        coinbase_path=block.path,
        later_header=later.header.encode() if later is not None else None,
        later_coinbase=later.coinbase.encode() if later is not None else None,
        later_path=later.path if later is not None else None,
        history_path=receipt.history_path if later is not None else None,
    )


def receipt_of(message: ProofMessage) -> Receipt:
    """Read a receipt. Nothing in it is checked yet but its parts' own shapes.

    Raises:
        RuleError: a part of it is malformed.
    """
    later: CoinbaseProof | None = None
    if message.later_header is not None:
        later = _part(message.later_header, message.later_coinbase or b"", message.later_path or ())
    block = _part(message.header, message.coinbase, message.coinbase_path)
    record = Head.decode(message.record)
    return Receipt(record, message.index, message.path, block, later, message.history_path or ())


def _part(header: bytes, coinbase: bytes, path: tuple[bytes, ...]) -> CoinbaseProof:
    return CoinbaseProof(Header.decode(header), Coinbase.decode(coinbase), path)
