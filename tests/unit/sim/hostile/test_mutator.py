"""A mutator passes blocks on with other bodies under their headers."""

import pytest

from p2pchain.chain.block import Block, MalformedBlock, header_of
from p2pchain.chain.rules import ContentMismatch, WrongMerkleRoot, check_block_alone
from p2pchain.errors import PeerError
from p2pchain.sim.hostile.mutator import Mutator
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock

from .den import ANSWER_MS, Den


@pytest.fixture
def block(den: Den) -> Block:
    (item,) = den.chain(2)
    return item.block


def fault_in(raw: bytes, den: Den) -> type[PeerError] | None:
    """Name the fault of a body; one that lacks contents has none."""
    try:
        found = Block.decode(raw, den.stage.network.id)
        check_block_alone(found, den.stage.network)
    except PeerError as error:
        return type(error)
    assert [each.content for each in found.transactions] == [None, None]
    return None


def test_it_passes_a_block_on_to_all_but_its_sender_and_not_as_it_was(den: Den, block: Block) -> None:
    mutator = den.bring(Mutator)
    assert den.ask(NewBlock(block=block.encode()), NewBlock) == []
    (told,) = den.second.told(NewBlock)
    assert told.block is not None
    assert told.block != block.encode()
    assert header_of(told.block) == block.header
    assert mutator.mutations == 1
    assert mutator.tip.hash == block.hash


def test_whoever_asks_gets_a_body_that_is_changed_in_one_of_many_ways(den: Den, block: Block) -> None:
    den.bring(Mutator)
    den.ask(NewBlock(block=block.encode()), NewBlock)
    answers = [den.ask(GetBlocks(hashes=(block.hash,)), BlockMessage) for _ in range(40)]
    bodies = [each.block or b"" for (each,) in answers]
    assert block.encode() not in bodies
    assert {header_of(each) for each in bodies} == {block.header}
    assert {fault_in(each, den) for each in bodies} == {
        WrongMerkleRoot,
        ContentMismatch,
        MalformedBlock,
        None,
    }
    miners = {
        Block.decode(each, den.stage.network.id).coinbase.miner
        for each in bodies
        if fault_in(each, den) is WrongMerkleRoot
    }
    assert len(miners) > 2
    assert den.ask(GetBlocks(hashes=(bytes(32),)), BlockMessage) == [
        BlockMessage(hash=bytes(32), missing=True)
    ]


def test_of_a_compact_block_it_makes_one_without_records_and_asks_for_the_rest(
    den: Den, block: Block
) -> None:
    den.bring(Mutator)
    compact = NewBlock(
        header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=(bytes(6), bytes(6))
    )
    assert den.ask(compact, GetBlocks) == [GetBlocks(hashes=(block.hash,))]
    (first,) = den.second.told(NewBlock)
    assert Block.decode(first.block or b"", den.stage.network.id).transactions == ()
    den.ask(BlockMessage(block=block.encode()), NewBlock)
    den.second.wait(ANSWER_MS)
    assert len(den.second.told(NewBlock)) == 2


def test_what_it_does_not_have_it_does_not_pass_on(den: Den, block: Block) -> None:
    mutator = den.bring(Mutator)
    den.ask(NewBlock(header=block.header.encode()), NewBlock)
    den.ask(BlockMessage(hash=block.hash, missing=True), NewBlock)
    assert den.second.told(NewBlock) == []
    assert mutator.mutations == 0
    assert mutator.tip.hash == block.hash
