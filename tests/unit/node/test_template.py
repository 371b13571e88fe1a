"""What a new block holds, and in which order."""

import itertools
from collections.abc import Iterator
from typing import cast

import pytest

from p2pchain.chain import rules
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.node import template as module
from p2pchain.node.events import Now
from p2pchain.node.template import Template, build, building, choose
from p2pchain.node.timers import Slices
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

NETWORK = simulated_network()
ANN, BOB = SigningKey(b"a" * 32), SigningKey(b"b" * 32)


def record(key: SigningKey, timestamp: int, size: int = 0, min_work: int = 1) -> Transaction:
    return sign(
        key,
        NETWORK.id,
        timestamp=timestamp,
        kind="test.note",
        payload=bytes(size),
        salt=bytes(16),
        min_work=min_work,
    )


def test_all_of_it_is_taken_where_it_fits_in_the_order_of_arrival() -> None:
    pending = [record(ANN, 1), record(BOB, 7), record(ANN, 2), record(BOB, 9)]
    assert choose(pending, 10_000) == pending


def test_an_author_s_records_keep_the_order_of_their_timestamps() -> None:
    late, other, early = record(ANN, 5), record(BOB, 1), record(ANN, 3)
    assert choose([late, other, early], 10_000) == [early, other, late]


def test_where_space_is_short_more_work_a_byte_goes_first() -> None:
    idle, worked = record(ANN, 1), record(BOB, 2, min_work=5_000)
    assert choose([idle, worked], worked.size) == [worked]


def test_a_record_waits_for_its_author_s_earlier_one() -> None:
    first, second = record(ANN, 1, size=500), record(ANN, 2, min_work=5_000)
    small = record(BOB, 1)
    assert choose([second, first, small], second.size + small.size) == [small]


def test_a_template_is_a_valid_block_but_for_its_nonce() -> None:
    builder = ChainBuilder(NETWORK, 1)
    pending = [record(ANN, 1), record(BOB, 2)]
    template = build(NETWORK, builder.genesis, pending, b"m" * 32, Now(NETWORK.genesis_time + 5_000, 0))
    nonce = 0
    while not template.header.with_nonce(nonce).meets_target():
        nonce += 1
    block = template.with_nonce(nonce)
    parent = rules.Parent(builder.genesis.header, builder.genesis.chain_time)
    rules.check_header_alone(block.header)
    rules.check_header_with_parent(block.header, parent, NETWORK)
    rules.check_block_alone(block, NETWORK)
    rules.check_block_with_ancestors(block, builder.genesis.frontier, builder.genesis.work)
    assert (list(block.transactions), block.coinbase.miner) == (pending, b"m" * 32)
    assert block.header.timestamp == NETWORK.genesis_time + 5_000


def test_a_large_one_is_built_in_slices_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = ChainBuilder(NETWORK, 1)
    pending = [record(key, number, size=2_000) for number in range(200) for key in (ANN, BOB)]
    now = Now(NETWORK.genesis_time + 5_000, 0)
    whole = build(NETWORK, builder.genesis, pending, b"m" * 32, now)
    assert 20 < len(whole.transactions) < 200
    assert slices_of(building(NETWORK, builder.genesis, pending, b"m" * 32, now)) == (1, whole)
    monkeypatch.setattr(module, "SLICED_FROM", 20)
    sliced = building(NETWORK, builder.genesis, iter(pending), b"m" * 32, now)
    next(sliced)
    pending.clear()
    count, template = slices_of(sliced)
    assert template == whole
    assert count > len(whole.transactions) / 20


def slices_of(work: Slices[Template]) -> tuple[int, Template]:
    """Do it all; gives the number of slices too."""
    for count in itertools.count(1):
        try:
            next(work)
        except StopIteration as end:
            return count, cast("Template", end.value)
    raise AssertionError("it ends")


def test_its_time_is_after_its_parent_s_whatever_the_clock_says() -> None:
    builder = ChainBuilder(NETWORK, 1)
    template = build(NETWORK, builder.genesis, [], bytes(32), Now(0, 0))
    assert template.header.timestamp == NETWORK.genesis_time + 1


def test_a_long_backlog_is_looked_at_only_as_far_as_a_few_blocks_go() -> None:
    builder = ChainBuilder(NETWORK, 1)
    looked: list[int] = []

    def backlog() -> list[Transaction]:
        return [record(ANN, number, size=8_000) for number in range(1, 60)]

    def watched() -> Iterator[Transaction]:
        for number, transaction in enumerate(backlog()):
            looked.append(number)
            yield transaction

    build(NETWORK, builder.genesis, watched(), bytes(32), Now(0, 0))
    assert len(looked) < 40
