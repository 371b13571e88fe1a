"""Receipts in their message, and back."""

import pytest

from p2pchain.chain.receipt import Receipt
from p2pchain.errors import RuleError
from p2pchain.node.events import Unproven
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.wire.messages.proof import BLOCK_PATH_MAX, ProofMessage
from p2pchain.wire.receipts import message_of, receipt_of

LATER_PARTS = ("later_header", "later_coinbase", "later_path", "history_path")


def receipts() -> list[Receipt]:
    """A receipt under a later block, and one under the record's own."""
    builder = ChainBuilder(simulated_network(), 1)
    staged = builder.chain(builder.genesis, [3, 0, 1])
    disk = Disk(builder.network)
    disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    record = staged[0].block.transactions[1]
    found = [disk.prove(record.txid, head) for head in (None, staged[0].block.hash)]
    return [each for each in found if not isinstance(each, Unproven)]


def test_a_receipt_is_the_same_after_its_way() -> None:
    later, alone = receipts()
    for receipt in (later, alone):
        message = message_of(receipt)
        message.check()
        assert receipt_of(message) == receipt
    assert alone.later is None
    assert not set(LATER_PARTS) & message_of(alone).values().keys()


def test_parts_that_are_none_are_named() -> None:
    values = message_of(receipts()[0]).values()
    for name in ("record", "coinbase", "later_coinbase"):
        with pytest.raises(RuleError):
            receipt_of(ProofMessage(**values | {name: b""}))  # type: ignore[arg-type]  # as above


def test_the_path_in_a_block_is_as_long_as_in_the_largest_one() -> None:
    smallest_transaction, largest_block = 152 + 16, 4 * 1024 * 1024
    assert (largest_block // smallest_transaction).bit_length() == BLOCK_PATH_MAX
