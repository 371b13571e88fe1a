"""Chains made for tests keep all rules, and are as long and as full as was asked."""

from p2pchain.chain.rules import check_block_alone, check_block_with_ancestors, check_signature
from p2pchain.sim.builder import STEP_MS, ChainBuilder
from p2pchain.sim.shape import retargeting_network, simulated_network
from p2pchain.sim.validator import Validator


def test_a_chain_keeps_all_rules_where_the_target_moves_too() -> None:
    for network in (simulated_network(), retargeting_network(1_000, 2)):
        builder = ChainBuilder(network, 1)
        validator = Validator(network)
        staged = builder.chain(builder.genesis, [0, 2, 1])
        assert [len(item.block.transactions) for item in staged] == [0, 2, 1]
        for item in staged:
            link = validator.judge(item.block.encode())
            assert item.work == link.work
            assert item.chain_time == link.chain_time
        assert len({record.txid for item in staged for record in item.block.transactions}) == 3


def test_a_block_stands_where_it_was_put() -> None:
    builder = ChainBuilder(simulated_network(), 1)
    record = builder.record(b"a payload", "test.kind")
    check_signature(record)
    assert (record.kind, record.payload) == ("test.kind", b"a payload")
    below, _ = builder.block(builder.genesis)
    entry, block = builder.block(below, [record], timestamp=below.header.timestamp + 77)
    assert entry.parent is below
    assert entry.header == block.header
    assert block.transactions == (record,)
    assert block.header.timestamp == below.header.timestamp + 77
    assert below.header.timestamp == builder.network.genesis_time + STEP_MS
    check_block_alone(block, builder.network)
    check_block_with_ancestors(block, below.frontier, below.work)


def test_records_are_later_than_those_before_them() -> None:
    builder = ChainBuilder(simulated_network(), 1)
    records = [builder.record() for _ in range(5)]
    assert [each.timestamp for each in records] == sorted({each.timestamp for each in records})
    assert len({each.payload for each in records}) == 5


def test_a_seed_decides_a_chain() -> None:
    one, same, other = (ChainBuilder(simulated_network(), seed) for seed in (1, 1, 2))
    assert one.author.public == same.author.public != other.author.public
    assert one.chain(one.genesis, [1]) == same.chain(same.genesis, [1])
