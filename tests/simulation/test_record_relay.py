"""Records get everywhere, in their authors' order, and few bytes travel twice."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.sim.checkers import check_records
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.links import Endpoint
from p2pchain.wire.messages.new_tx import NewTx


def blocks_of(cluster: Cluster) -> list[Block]:
    """Give the chain of the first host, lowest block first."""
    disk, found = cluster.hosts[0].disk, list[Block]()
    block_hash = disk.tip
    while block_hash != cluster.network.genesis.hash:
        (encoded,) = disk.load_blocks((block_hash,), cluster.network.max_block_bytes)
        found.append(Block.decode(encoded or b"", cluster.network.id))
        block_hash = found[-1].header.previous_hash
    return found[::-1]


def test_a_ring_sends_each_record_little_more_often_than_each_needs_it() -> None:
    cluster = Cluster(7, 30, mean_search_ms=60_000)
    cluster.world.run_until(10_000)
    before = cluster.links.bytes_carried
    for number in range(200):
        cluster.world.run_until(10_000 + number // 50 * 1_000)
        cluster.submit(number // 50 * 7, "x" * 234)
    assert cluster.run_until_agreed(600_000)
    size = sum(record.size for record in cluster.submitted)
    assert (cluster.links.bytes_carried - before) / len(cluster.hosts) / size < 2.2


@pytest.mark.parametrize("seed", range(4))
def test_an_author_s_records_stay_in_order(seed: int) -> None:
    cluster = Cluster(seed, 8, mean_search_ms=1_500)
    cluster.world.run_until(5_000)
    for number in range(100):
        cluster.submit(seed, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + cluster.world.rng.randint(0, 60))
    assert cluster.run_until_agreed()
    times = [record.timestamp for block in blocks_of(cluster) for record in block.transactions]
    assert len(times) == 100
    assert times == sorted(times)


@pytest.mark.parametrize("seed", range(4))
def test_who_names_and_never_sends_costs_seconds_only(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("CROSSED_MAX", "PUSHED_MAX", "PUSHED_ALL_MAX"):
        monkeypatch.setattr(f"p2pchain.node.relay.{limit}", 1)
    cluster = Cluster(seed, 12, mean_search_ms=600_000)
    carry = cluster.links.send
    withholding = [cluster.hosts[number] for number in (0, 5, 9)]

    def send(sender: Endpoint, connection: int, data: bytes) -> None:
        if sender not in withholding or NewTx.NAME.encode() not in data[:20]:
            carry(sender, connection, data)

    cluster.world.run_until(5_000)
    cluster.links.send = send  # type: ignore[method-assign]  # what some hosts do not say
    others = [number for number in range(12) if number not in (0, 5, 9)]
    for number in range(40):
        cluster.submit(others[number % 9], f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 100)
    assert cluster.world.run_until_true(
        lambda: all(len(host.disk.pending()) == 40 for host in cluster.hosts), 10_000
    )
    assert cluster.run_until_agreed(3_600_000)
    for host in cluster.hosts:
        check_records(cluster, host)
