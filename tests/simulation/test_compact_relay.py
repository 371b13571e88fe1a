"""Blocks go from node to node in their compact form, and get there whatever happens in between."""

import pytest

from p2pchain.node.limits import COMPACT_BLOCK_MIN
from p2pchain.sim.checkers import check_chain, check_records
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.links import Endpoint
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

# How a whole block of some hundred bytes or more begins in a message. Small ones are never sent otherwise.
WHOLE = b"\xa5block\xc5"
NODES = 6
RECORDS = 60


class Tap:
    """Counts what is sent, by kind of message, and may lose some kinds."""

    def __init__(self, cluster: Cluster) -> None:
        self.compact = self.whole = self.questions = 0
        self.lost: bytes = b""
        self.some_lost = False
        self._cluster = cluster
        self._carry = cluster.links.send
        cluster.links.send = self._send  # type: ignore[method-assign]  # a tap on the line

    def _send(self, sender: Endpoint, connection: int, data: bytes) -> None:
        head = data[4:60]
        if NewBlock.NAME.encode() in head:
            self.compact += b"short_ids" in data
            self.whole += WHOLE in head and len(data) > 2 * COMPACT_BLOCK_MIN
        self.questions += GetBlockTxs.NAME.encode() in head
        if (self.lost and self.lost in head) or self._loses_record(sender, connection, head):
            return
        self._carry(sender, connection, data)

    def _loses_record(self, sender: Endpoint, connection: int, head: bytes) -> bool:
        """Whether this brings the first host records which it is not to have."""
        if not self.some_lost or NewTx.NAME.encode() not in head:
            return False
        return self._cluster.links.far_end(sender, connection) is self._cluster.hosts[0]


def loaded(seed: int, *, some_lost: bool = False) -> tuple[Cluster, Tap]:
    """Give a ring whose nodes all have the same records pending; the first one few, where some are lost."""
    cluster = Cluster(seed, NODES, mean_search_ms=20_000)
    tap = Tap(cluster)
    tap.some_lost = some_lost
    cluster.world.run_until(5_000)
    for number in range(RECORDS):
        cluster.submit(number % NODES, f"{number} " + "x" * 200)
    return cluster, tap


def check(cluster: Cluster) -> None:
    assert cluster.run_until_agreed()
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_records(cluster, host)


@pytest.mark.parametrize("seed", range(5))
def test_what_all_have_pending_goes_out_compact(seed: int) -> None:
    cluster, tap = loaded(seed)
    check(cluster)
    assert tap.compact > tap.whole


@pytest.mark.parametrize("seed", range(5))
def test_questions_that_are_never_answered_cost_time_only(seed: int) -> None:
    cluster, tap = loaded(seed, some_lost=True)
    tap.lost = BlockTxs.NAME.encode()
    check(cluster)
    assert tap.questions


@pytest.mark.parametrize("seed", range(5))
def test_what_some_lack_they_ask_for(seed: int) -> None:
    cluster, tap = loaded(seed, some_lost=True)
    check(cluster)
    assert tap.questions


@pytest.mark.parametrize("seed", range(10))
def test_a_node_that_starts_again_in_the_middle_catches_up(seed: int) -> None:
    cluster, _ = loaded(seed, some_lost=True)

    def asking() -> list[Host]:
        return [host for host in cluster.hosts if host.node._parts.compact._by_peer]

    assert cluster.world.run_until_true(lambda: bool(asking()), 300_000, 1)
    (host, *_) = asking()
    host.crash()
    cluster.world.run_until(cluster.world.ticks_ms + 200)
    host.boot()
    check(cluster)
