"""A node that uses more of a bound than there is of it is found, and what piles up on its disk and its lines."""

import pytest

from p2pchain.net.transport import WRITE_MAX_BYTES
from p2pchain.sim.checkers.bounds import DISK_JOBS_MAX, QueuesAreBounded
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding
from p2pchain.sim.storage import Storage


def test_a_node_within_its_bounds_is_left_in_peace(agreed: Cluster) -> None:
    for host in agreed.hosts:
        QueuesAreBounded(agreed).look(host)


def test_a_bound_is_kept_to_the_last_and_no_further(agreed: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    (host, _) = agreed.hosts
    (first, *rest) = host.node.uses()
    used = first._replace(used=first.limit)
    monkeypatch.setattr(type(host.node), "uses", lambda _: [*rest, used])
    QueuesAreBounded(agreed).look(host)
    used = first._replace(used=first.limit + 1)
    with pytest.raises(Finding, match=rf"20\.0\.0\.1:4343: {first.name}: .* at most"):
        QueuesAreBounded(agreed).look(host)
    host.crash()
    QueuesAreBounded(agreed).look(host)


def test_jobs_that_pile_up_for_the_disk_are_found(agreed: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Storage, "queued", DISK_JOBS_MAX)
    QueuesAreBounded(agreed).look(agreed.hosts[0])
    monkeypatch.setattr(Storage, "queued", DISK_JOBS_MAX + 1)
    with pytest.raises(Finding, match="1,001 jobs wait for the disk"):
        QueuesAreBounded(agreed).look(agreed.hosts[0])


def test_bytes_that_pile_up_on_a_line_are_found(agreed: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = {agreed.hosts[0]: WRITE_MAX_BYTES, agreed.hosts[1]: WRITE_MAX_BYTES + 1}
    monkeypatch.setattr(agreed.links, "longest_queue", longest.__getitem__)
    QueuesAreBounded(agreed).look(agreed.hosts[0])
    with pytest.raises(Finding, match=rf"20\.1\.0\.1:4343: {WRITE_MAX_BYTES + 1:,} bytes wait on one"):
        QueuesAreBounded(agreed).look(agreed.hosts[1])
