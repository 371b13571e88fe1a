"""Receipts: each record of small chains under each later block, and every way in which one can be false, by name."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block, Parts
from p2pchain.chain.header import Header
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.proof import inclusion_path
from p2pchain.chain.receipt import (
    BlockNotInHistory,
    CoinbaseNotInBlock,
    CoinbaseProof,
    OtherHead,
    OtherRecord,
    Receipt,
    RecordNotInBlock,
)
from p2pchain.chain.rules import InsufficientWork, InvalidSignature
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)
NETWORK = BUILDER.network
STAGED = BUILDER.chain(BUILDER.genesis, [1, 5, 0, 8, 2, 0, 1])
BLOCKS = [item.block for item in STAGED]
HASHES = [leaf_hash(each) for each in (NETWORK.genesis.hash, *(block.hash for block in BLOCKS))]
OTHER = b"?" * 32


def receipt(block: Block, index: int, later: Block | None) -> Receipt:
    """Make a receipt for a record of one of the blocks, under a later one or none."""
    path = inclusion_path(HASHES[: later.height], block.height) if later is not None else []
    parts = Parts.decode(later.encode()) if later is not None else None
    return Receipt.of(Parts.decode(block.encode()), index, parts, path)


LATER = receipt(BLOCKS[1], 3, BLOCKS[5])
ALONE = receipt(BLOCKS[1], 3, None)
TXID = BLOCKS[1].transactions[2].txid
HEAD = BLOCKS[5].hash


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.transactions], ids=lambda each: each.height
)
def test_each_record_is_proven_under_each_later_block(block: Block) -> None:
    for later in (None, *BLOCKS[block.height :]):
        for position, record in enumerate(block.transactions, start=1):
            head = later or block
            proven = receipt(block, position, later).verify(NETWORK, record.txid, head.hash)
            assert proven.record == record._replace(content=None)
            assert (proven.block, proven.position) == (block.header, position)
            assert proven.depth == head.height - block.height
            assert proven.work == STAGED[head.height - 1].work - STAGED[block.height - 1].work


def test_what_it_leads_to_is_the_later_block_or_its_own() -> None:
    assert LATER.head == BLOCKS[5].header
    assert ALONE.head == BLOCKS[1].header


@pytest.mark.parametrize("retarget", ["none", "asert"])
def test_it_says_whether_idle_time_adds_work(retarget: str) -> None:
    network = replace(NETWORK, name="idle", retarget=retarget, half_life=1, clamp=1)
    builder = ChainBuilder(network, 1)
    entry, block = builder.block(builder.genesis, [builder.record()])
    proven = receipt(block, 1, None).verify(network, block.transactions[0].txid, entry.hash)
    assert proven.idle_adds_work == (retarget == "asert")


def test_one_for_another_record_network_or_head_is_named() -> None:
    with pytest.raises(OtherRecord):
        LATER.verify(NETWORK, BLOCKS[1].transactions[1].txid, HEAD)
    with pytest.raises(OtherRecord):
        LATER.verify(replace(NETWORK, name="another"), TXID, HEAD)
    with pytest.raises(OtherHead):
        LATER.verify(NETWORK, TXID, BLOCKS[4].hash)
    with pytest.raises(OtherHead):
        ALONE.verify(NETWORK, TXID, HEAD)


def test_another_signature_of_the_same_body_is_refused() -> None:
    forged = replace(LATER, record=LATER.record._replace(signature=bytes(64)))
    with pytest.raises(InvalidSignature):
        forged.verify(NETWORK, TXID, HEAD)


@pytest.mark.parametrize("index", [0, 1, 2, 4, 5, 6, 7, 8, 2**14])
def test_another_index_is_refused(index: int) -> None:
    with pytest.raises(RecordNotInBlock):
        replace(LATER, index=index).verify(NETWORK, TXID, HEAD)


@pytest.mark.parametrize("path", [(), LATER.path[:-1], (*LATER.path, OTHER), (OTHER, *LATER.path[1:])])
def test_another_path_of_the_record_is_refused(path: tuple[bytes, ...]) -> None:
    with pytest.raises(RecordNotInBlock):
        replace(LATER, path=path).verify(NETWORK, TXID, HEAD)


def test_a_coinbase_of_another_block_is_refused_at_both_ends() -> None:
    for part in (LATER.block, LATER.later):
        assert part is not None
        for false in (
            replace(part, coinbase=replace(part.coinbase, chain_work=part.coinbase.chain_work + 1)),
            replace(part, path=(*part.path, OTHER)),
        ):
            changed = replace(LATER, block=false) if part is LATER.block else replace(LATER, later=false)
            with pytest.raises(CoinbaseNotInBlock):
                changed.verify(NETWORK, TXID, HEAD)


def test_a_header_without_work_is_refused_though_it_be_trusted() -> None:
    header = BLOCKS[1].header
    while header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    idle = replace(ALONE, block=replace(ALONE.block, header=header))
    with pytest.raises(InsufficientWork):
        idle.verify(NETWORK, TXID, header.hash)


def test_a_block_of_another_branch_is_not_in_the_history() -> None:
    _, twin = BUILDER.block(BUILDER.genesis, [BUILDER.record()])
    path = inclusion_path(HASHES[:6], 1)
    false = Receipt.of(Parts.decode(twin.encode()), 1, Parts.decode(BLOCKS[5].encode()), path)
    with pytest.raises(BlockNotInHistory):
        false.verify(NETWORK, twin.transactions[0].txid, HEAD)
    for wrong in ((), LATER.history_path[:-1], (OTHER, *LATER.history_path[1:])):
        with pytest.raises(BlockNotInHistory):
            replace(LATER, history_path=wrong).verify(NETWORK, TXID, HEAD)


def test_a_block_cannot_be_put_at_another_height() -> None:
    header = LATER.block.header
    moved = Header(
        header.height + 1, header.previous_hash, header.merkle_root, header.timestamp, header.bits, 0
    )
    while not moved.meets_target():
        moved = moved.with_nonce(moved.nonce + 1)
    with pytest.raises(BlockNotInHistory):
        replace(LATER, block=replace(LATER.block, header=moved)).verify(NETWORK, TXID, HEAD)


def test_the_work_of_a_chain_is_its_coinbases_and_its_own() -> None:
    part = CoinbaseProof.of(Parts.decode(BLOCKS[3].encode()))
    assert part.work == STAGED[3].work
    part.check()
