"""How many bytes a large network sends until all its nodes have every transaction in one chain."""

from collections.abc import Iterator

from bench.figure import LOWER, Figure
from bench.workplace import CONTENT_BYTES, SALT_BYTES, Workplace
from p2pchain.sim.cluster import Cluster

# Each dials two others, in a ring, and is dialled by two. News takes as many steps as a quarter of the nodes, so blocks
# are rare.
NEIGHBOURS = 2
MEAN_SEARCH_MS = 60_000
MEET_MS = 10_000
LIMIT_MS = 3_600_000
# Records are handed in by so many at one node at a time, then as many at another one.
BURST = 50
BURST_EVERY_MS = 1_000


def simulated(place: Workplace) -> Iterator[Figure]:
    """Measure once: the seed decides everything, and it takes minutes."""
    count, records = place.scale.simulated_nodes, place.scale.simulated_records
    cluster = Cluster(7, count, mean_search_ms=MEAN_SEARCH_MS, neighbours=NEIGHBOURS)
    cluster.world.run_until(MEET_MS)
    before = cluster.links.bytes_carried
    payload = "x" * (CONTENT_BYTES - SALT_BYTES)
    for number in range(records):
        burst = number // BURST
        cluster.world.run_until(MEET_MS + burst * BURST_EVERY_MS)
        cluster.submit(burst * BURST * count // records, payload)
    if not cluster.run_until_agreed(LIMIT_MS):
        raise RuntimeError(f"{count} simulated nodes do not agree after {LIMIT_MS // 1000} virtual seconds")
    carried = cluster.links.bytes_carried - before
    size = sum(transaction.size for transaction in cluster.submitted)
    yield Figure(
        name=f"{count:,} simulated nodes, {records:,} transactions: bytes sent per node over their size",
        unit="ratio",
        values=[carried / count / size],
        better=LOWER,
        floor=2.5,
        goal=1.6,
    )
