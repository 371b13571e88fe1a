"""Blocks, stale ones and reorganisations are counted as they happen."""

from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.tally import Tally


def commit(host: Host, revert: list[StagedBlock], connect: list[StagedBlock]) -> None:
    old, new = (tuple(item.block.hash for item in items) for items in (revert[::-1], connect))
    host.disk.commit_chain(tuple(connect), old, new, 0)


def test_what_happened_is_counted_once() -> None:
    cluster = Cluster(1, 2)
    builder = ChainBuilder(cluster.network, 1)
    short, long = (builder.chain(builder.genesis, [1] * size) for size in (2, 3))
    tally = Tally(cluster)
    first, second = cluster.hosts
    assert (tally.height, tally.stale()) == (0, 0)

    commit(second, [], short)
    tally.changed(first)
    tally.changed(second)
    assert tally.height == 2
    assert tally.blocks == {short[1].block.hash}
    assert tally.stale() == 2
    assert tally.reorganisations == {}

    commit(first, [], long)
    commit(second, short, long)
    for _ in range(2):
        tally.changed(first)
        tally.changed(second)
    assert tally.reorganisations == {2: 1}
    assert tally.height == 3
    assert tally.blocks == {short[1].block.hash, long[2].block.hash}
    assert tally.stale() == 2

    second.submit(cluster.sign(1, "no block"))
    cluster.world.run_for(100)
    tally.changed(second)
    assert len(tally.blocks) == 2
