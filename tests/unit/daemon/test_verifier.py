"""Signatures and blocks, checked off the loop."""

import queue
from collections.abc import Iterator
from dataclasses import replace

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.rules import InvalidSignature
from p2pchain.chain.transaction import Transaction
from p2pchain.daemon.verifier import Verifier
from p2pchain.errors import PeerError
from p2pchain.node.actions import CheckBlock, CheckSignatures
from p2pchain.node.events import BlockChecked, Event, SignaturesChecked
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


@pytest.fixture
def answers() -> "queue.SimpleQueue[Event]":
    return queue.SimpleQueue()


@pytest.fixture
def verifier(builder: ChainBuilder, answers: "queue.SimpleQueue[Event]") -> Iterator[Verifier]:
    made = Verifier(builder.network, answers.put)
    yield made
    made.close()


def verdict(answers: "queue.SimpleQueue[Event]") -> BlockChecked:
    """The last answer of a block's check, after the one that says nothing of signatures."""
    answer = answers.get(timeout=30)
    assert isinstance(answer, BlockChecked)
    if answer.final:
        return answer
    assert isinstance(answer.verdict, Block)
    final = answers.get(timeout=30)
    assert isinstance(final, BlockChecked)
    assert (final.job, final.final) == (answer.job, True)
    return final


def forged(transaction: Transaction, builder: ChainBuilder) -> Transaction:
    """The same body under another signature."""
    raw = bytes([transaction.head.raw[0] ^ 1]) + transaction.head.raw[1:]
    return Transaction.from_parts(raw, transaction.content, builder.network.id)


def test_each_signature_is_judged_by_its_whole_head(
    builder: ChainBuilder, verifier: Verifier, answers: "queue.SimpleQueue[Event]"
) -> None:
    genuine = builder.record()
    false = forged(genuine, builder)
    assert false.txid == genuine.txid
    for job in (1, 2):
        verifier.check_signatures(CheckSignatures(job, (false, genuine, false)))
        assert answers.get(timeout=30) == SignaturesChecked(job, (False, True, False))


def test_a_sound_block_and_what_may_be_wrong_with_one(
    builder: ChainBuilder, verifier: Verifier, answers: "queue.SimpleQueue[Event]"
) -> None:
    _, block = builder.block(builder.genesis, [builder.record()])
    _, unsigned = builder.block(builder.genesis, [forged(builder.record(), builder)])
    wrong_root = Block(replace(block.header, merkle_root=bytes(32)), block.coinbase, block.transactions)
    for job, (encoded, code) in enumerate(
        [
            (block.encode(), ""),
            (b"nonsense", "malformed_block"),
            (unsigned.encode(), InvalidSignature.code),
            (wrong_root.encode(), "wrong_merkle_root"),
        ]
    ):
        verifier.check_block(CheckBlock(job, encoded))
        answer = verdict(answers)
        found = answer.verdict.code if isinstance(answer.verdict, PeerError) else ""
        assert (answer.job, found) == (job, code)


def test_what_was_checked_elsewhere_is_not_checked_again(
    builder: ChainBuilder, verifier: Verifier, answers: "queue.SimpleQueue[Event]"
) -> None:
    false, other = forged(builder.record(), builder), forged(builder.record(), builder)
    _, block = builder.block(builder.genesis, [false, other])
    both = frozenset((false.head.raw, other.head.raw))
    verifier.check_block(CheckBlock(1, block, both))
    assert answers.get(timeout=30) == BlockChecked(1, block)
    verifier.check_block(CheckBlock(2, block, both - {false.head.raw}))
    assert isinstance(verdict(answers).verdict, InvalidSignature)
    unlike = Block(block.header, block.coinbase, (false._replace(content=b"other"), other))
    verifier.check_block(CheckBlock(3, unlike, both))
    assert answers.get(timeout=30) == BlockChecked(3, unlike)


def test_a_block_is_judged_by_all_its_signatures(
    builder: ChainBuilder,
    verifier: Verifier,
    answers: "queue.SimpleQueue[Event]",
) -> None:
    records = [builder.record() for _ in range(20)]
    for place in (0, 9, 19):
        tainted = [forged(each, builder) if at == place else each for at, each in enumerate(records)]
        verifier.check_block(CheckBlock(place, builder.block(builder.genesis, tainted)[1].encode()))
        answer = verdict(answers)
        assert isinstance(answer.verdict, InvalidSignature)
    _, block = builder.block(builder.genesis, records)
    verifier.check_block(CheckBlock(99, block.encode()))
    assert verdict(answers) == BlockChecked(99, block)


def test_what_can_be_said_without_signatures_is_said_first_where_some_are_not_known(
    builder: ChainBuilder, verifier: Verifier, answers: "queue.SimpleQueue[Event]"
) -> None:
    _, block = builder.block(builder.genesis, [builder.record(), forged(builder.record(), builder)])
    verifier.check_block(CheckBlock(1, block.encode(), frozenset([block.transactions[0].head.raw])))
    assert answers.get(timeout=30) == BlockChecked(1, block, final=False)
    assert isinstance(verdict(answers).verdict, InvalidSignature)
    for nothing_open in (builder.block(builder.genesis)[1], block):
        known = frozenset(each.head.raw for each in nothing_open.transactions)
        verifier.check_block(CheckBlock(2, nothing_open, known))
        assert answers.get(timeout=30) == BlockChecked(2, nothing_open)


def test_once_closed_it_takes_up_nothing(builder: ChainBuilder, answers: "queue.SimpleQueue[Event]") -> None:
    verifier = Verifier(builder.network, answers.put)
    verifier.close()
    verifier.check_block(CheckBlock(1, builder.block(builder.genesis, [builder.record()])[1]))
    assert not verifier._decoder.is_alive()
    assert answers.empty()
