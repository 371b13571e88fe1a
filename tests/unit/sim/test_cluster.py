"""Hosts that know of each other come to one chain, and records are signed for them."""

import random
from dataclasses import replace

from p2pchain.chain.rules import check_transaction_unsigned
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.shape import usual
from p2pchain.sim.topology import address_of
from p2pchain.sim.verdicts import is_signed


def test_hosts_are_booted_and_wired_as_their_shape_says() -> None:
    cluster = Cluster(1, 5, neighbours=1)
    cluster.world.run_for(2_000)
    assert all(host.running for host in cluster.hosts)
    assert [host.address for host in cluster.hosts] == [address_of(number) for number in range(5)]
    neighbours = {cluster.hosts.index(each) for each in cluster.links.neighbours(cluster.hosts[0])}  # type: ignore[arg-type]  # all are hosts
    assert neighbours == {1, 4}


def test_lines_are_as_fast_as_their_shape_says() -> None:
    shape = replace(usual(random.Random(1), 2), latency_ms=(700, 700), bytes_per_ms=9.0)
    cluster = Cluster(1, shape=shape)
    cluster.world.run_for(699)
    assert cluster.links.neighbours(cluster.hosts[0]) == []
    cluster.world.run_for(10)
    assert cluster.links.neighbours(cluster.hosts[0]) == [cluster.hosts[1]]
    assert (cluster.network, cluster.links.bytes_per_ms) == (shape.network, 9.0)


def test_what_is_submitted_anywhere_is_in_every_chain() -> None:
    cluster = Cluster(1, 3)
    last = cluster.submit(0, "one", "two")
    cluster.submit(2, "three")
    assert last.payload == b"two"
    assert cluster.run_until_agreed()
    submitted = {each.txid for each in cluster.submitted}
    assert len(submitted) == 3
    for host in cluster.hosts:
        assert {each.txid for block in host.disk.blocks() for each in block.transactions} == submitted


def test_records_are_their_host_s_author_s_and_later_than_those_before() -> None:
    cluster = Cluster(1, 2)
    first, second, other = cluster.sign(0, "a"), cluster.sign(0, "b"), cluster.sign(1, "c")
    assert first.author == second.author != other.author
    assert first.timestamp < second.timestamp < other.timestamp
    for record in (first, second, other):
        assert is_signed(record)
        check_transaction_unsigned(record, cluster.network)
    assert Cluster(1, 2).sign(0, "a").author == first.author != Cluster(2, 2).sign(0, "a").author


def test_groups_that_are_cut_off_do_not_agree_until_the_links_are_healed() -> None:
    cluster = Cluster(1, 4)
    cluster.world.run_for(2_000)
    cluster.cut_between([0, 1], [2, 3])
    cluster.submit(0, "here")
    assert not cluster.run_until_agreed(20_000)
    assert not cluster.one_tip()
    cluster.links.heal()
    assert cluster.run_until_agreed()


def test_one_tip_is_not_agreement_while_something_is_pending(agreed: Cluster) -> None:
    agreed.hosts[0].disk.store_pending((agreed.sign(0, "late"),), (), 0)
    assert agreed.one_tip()
    assert not agreed.agree()
    agreed.hosts[0].crash()
    assert agreed.agree()
