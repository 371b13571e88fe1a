"""Checks that are made once for all hosts give what each would have found."""

from dataclasses import replace

import pytest

from p2pchain.chain import rules
from p2pchain.chain.block import Block, MalformedBlock
from p2pchain.chain.rules import BlockTooLarge, InvalidSignature, WrongMerkleRoot
from p2pchain.chain.transaction import Head, Transaction
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.shape import simulated_network
from p2pchain.sim.verdicts import is_signed, verdicts_on


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


def forged(record: Transaction) -> Transaction:
    raw = bytes(64) + record.head.body
    return record._replace(head=Head.decode(raw))


def test_a_signature_is_its_author_s_or_not(builder: ChainBuilder) -> None:
    record = builder.record()
    assert is_signed(record)
    assert not is_signed(forged(record))
    assert is_signed(record)


def test_a_sound_block_is_given_back_encoded_or_not(builder: ChainBuilder) -> None:
    _, block = builder.block(builder.genesis, [builder.record()])
    assert verdicts_on(block, builder.network) == (block, block)
    assert verdicts_on(block.encode(), builder.network) == (block, block)


def test_the_first_fault_of_a_block_is_named(builder: ChainBuilder) -> None:
    record = builder.record()
    _, block = builder.block(builder.genesis, [record])
    _, unsigned = builder.block(builder.genesis, [forged(record)])
    without = Block(block.header, block.coinbase, ())
    _, large = builder.block(builder.genesis, [builder.record(bytes(4_000))])
    small = replace(builder.network, max_block_bytes=4_096, max_transaction_bytes=1_024)
    for _ in range(2):
        but_for_signatures, verdict = verdicts_on(unsigned, builder.network)
        assert but_for_signatures == unsigned
        assert isinstance(verdict, InvalidSignature)
        for block_, network, fault in (
            (block.encode() + b"\0", builder.network, MalformedBlock),
            (without, builder.network, WrongMerkleRoot),
            (large, small, BlockTooLarge),
        ):
            found = verdicts_on(block_, network)
            assert [type(each) for each in found] == [fault, fault]


def test_what_was_checked_for_one_host_is_not_checked_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builder = ChainBuilder(simulated_network(), 2)
    _, block = builder.block(builder.genesis, [builder.record()])
    checked: list[Block] = []
    monkeypatch.setattr(rules, "check_block_alone", lambda each, _network: checked.append(each))
    first, second = (verdicts_on(block.encode(), builder.network) for _ in range(2))
    assert first is second
    assert checked == [block]
