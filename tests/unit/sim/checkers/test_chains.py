"""A connected block that breaks a rule is found, and a tip whose work falls."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.checkers.chains import ChainsAreValid, WorkNeverFalls, check_chain
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(1, 1)


@pytest.fixture
def builder(cluster: Cluster) -> ChainBuilder:
    return ChainBuilder(cluster.network, 1)


def connect(host: Host, *staged: StagedBlock, revert: int = 0) -> None:
    tips = tuple(block.hash for block in reversed(host.disk.blocks()[len(host.disk.blocks()) - revert :]))
    host.disk.commit_chain(staged, tips, tuple(item.block.hash for item in staged), 0)


def broken(item: StagedBlock) -> StagedBlock:
    """Give a block whose coinbase is not what its header commits to."""
    coinbase = replace(item.block.coinbase, miner=b"m" * 32)
    return replace(item, block=Block(item.block.header, coinbase, item.block.transactions))


def test_valid_chains_are_left_in_peace(agreed: Cluster) -> None:
    valid, work = ChainsAreValid(agreed), WorkNeverFalls(agreed)
    for host in agreed.hosts:
        for _ in range(2):
            valid.changed(host)
            work.changed(host)
        check_chain(agreed, host)
    valid.finish()
    work.finish()


def test_a_block_that_breaks_a_rule_is_found_when_it_is_connected_and_in_the_end(
    cluster: Cluster, builder: ChainBuilder
) -> None:
    (host,) = cluster.hosts
    first, second, third = builder.chain(builder.genesis, [1, 1, 1])
    checker = ChainsAreValid(cluster)
    connect(host, first)
    checker.changed(host)
    connect(host, broken(second), third)
    with pytest.raises(Finding, match=r"20\.0\.0\.1:4343: a connected block breaks a rule: the merkle root"):
        checker.changed(host)
    with pytest.raises(Finding, match="the chain breaks a rule: the merkle root"):
        checker.finish()
    with pytest.raises(Finding, match=r"check_chain: .*the merkle root"):
        check_chain(cluster, host)


def test_a_connected_block_without_a_body_is_found(cluster: Cluster, builder: ChainBuilder) -> None:
    (host,) = cluster.hosts
    staged = builder.chain(builder.genesis, [1, 1])
    connect(host, *staged)
    del host.disk._blocks[staged[0].block.hash]
    with pytest.raises(Finding, match=f"block {staged[0].block.hash.hex()} is connected and not there"):
        ChainsAreValid(cluster).changed(host)


def test_a_chain_with_a_block_left_out_is_found(cluster: Cluster, builder: ChainBuilder) -> None:
    (host,) = cluster.hosts
    connect(host, *builder.chain(builder.genesis, [1, 0]))
    checker = ChainsAreValid(cluster)
    checker.changed(host)
    del host.disk._chain[1]
    with pytest.raises(Finding, match="does not stand on the one below it"):
        checker.finish()


def test_a_record_that_stands_twice_is_found(cluster: Cluster, builder: ChainBuilder) -> None:
    (host,) = cluster.hosts
    record = builder.record()
    below, first = builder.block(builder.genesis, [record])
    above, second = builder.block(below, [record])
    connect(host, StagedBlock(first, below.work, 0))
    host.disk._place.clear()
    connect(host, StagedBlock(second, above.work, 0))
    with pytest.raises(Finding, match="each record once in its chain"):
        ChainsAreValid(cluster).changed(host)


def test_a_tip_with_less_work_is_found_and_with_as_much_a_larger_hash(
    cluster: Cluster, builder: ChainBuilder
) -> None:
    (host,) = cluster.hosts
    one, other = sorted(
        (builder.chain(builder.genesis, [1])[0] for _ in range(2)), key=lambda item: item.block.hash
    )
    checker = WorkNeverFalls(cluster)
    checker.changed(host)
    connect(host, other)
    checker.changed(host)
    connect(host, one, revert=1)
    checker.changed(host)
    connect(host, other, revert=1)
    with pytest.raises(Finding, match=f"work fell to {other.work} at 1"):
        checker.finish()
    connect(host, revert=1)
    with pytest.raises(Finding, match="work fell to 2 at 0"):
        checker.changed(host)


def test_a_tip_that_is_not_on_disk_is_found(cluster: Cluster) -> None:
    (host,) = cluster.hosts
    host.disk._chain.append(bytes(32))
    with pytest.raises(Finding, match="the tip is not on disk"):
        WorkNeverFalls(cluster).changed(host)
