"""A record that vanished without a word is found, and one that nobody handed in."""

from dataclasses import replace

import pytest

from p2pchain.node.config import MiningMode
from p2pchain.sim.checkers.records import (
    AcknowledgedStays,
    RecordsAreAccountedFor,
    check_records,
    evictions,
)
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host


def forget_pending(host: Host, txid: bytes) -> None:
    """Lose a pending record without a word."""
    host.disk._pending.drop((txid,))


def test_records_that_are_all_there_are_left_in_peace(agreed: Cluster) -> None:
    for host in agreed.hosts:
        AcknowledgedStays(agreed).changed(host)
        check_records(agreed, host)
    AcknowledgedStays(agreed).finish()
    RecordsAreAccountedFor(agreed).finish()


def test_an_acknowledged_record_may_be_evicted_by_name_but_not_vanish(agreed: Cluster) -> None:
    (host, _) = agreed.hosts
    named, lost = agreed.sign(0, "named"), agreed.sign(0, "lost")
    host.disk.store_pending((named,), (), 0)
    host.disk.expire_pending(1)
    assert evictions(host.disk) == {named.txid: "expired"}
    host.client.acknowledged[named.txid] = None
    AcknowledgedStays(agreed).changed(host)

    host.disk.store_pending((lost,), (), 0)
    host.client.acknowledged[lost.txid] = None
    AcknowledgedStays(agreed).finish()
    forget_pending(host, lost.txid)
    with pytest.raises(Finding, match=f"acknowledged record {lost.txid.hex()} is gone without a word"):
        AcknowledgedStays(agreed).changed(host)
    with pytest.raises(Finding, match=r"20\.0\.0\.1:4343: acknowledged"):
        AcknowledgedStays(agreed).finish()


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_record_that_is_nowhere_is_found_unless_a_crash_cut_its_answer_off(
    agreed: Cluster, *, acknowledged: bool
) -> None:
    client = agreed.hosts[1].client
    lost = agreed.sign(1, "lost")
    client.submitted.append(lost)
    with pytest.raises(Finding, match="is in 0 chains and 0 pools of 2"):
        RecordsAreAccountedFor(agreed).finish()
    client.connect()
    RecordsAreAccountedFor(agreed).finish()
    if acknowledged:
        client.acknowledged[lost.txid] = None
        with pytest.raises(Finding, match="is in 0 chains and 0 pools of 2"):
            RecordsAreAccountedFor(agreed).finish()
    client.refused[lost.txid] = "mempool_full"
    RecordsAreAccountedFor(agreed).finish()


def test_a_record_that_is_pending_somewhere_is_found_where_all_should_settle(agreed: Cluster) -> None:
    one, other = agreed.hosts
    late = agreed.sign(0, "late")
    one.client.submitted.append(late)
    one.disk.store_pending((late,), (), 0)
    with pytest.raises(Finding, match="is in 0 chains and 1 pools of 2"):
        RecordsAreAccountedFor(agreed).finish()
    other.disk.store_pending((late,), (), 0)
    with pytest.raises(Finding, match="is in 0 chains and 2 pools of 2"):
        RecordsAreAccountedFor(agreed).finish()
    settling, agreed.shape = agreed.shape, replace(agreed.shape, mining=MiningMode.ALWAYS)
    RecordsAreAccountedFor(agreed).finish()
    agreed.shape = settling
    for host in agreed.hosts:
        host.disk.expire_pending(1)
    RecordsAreAccountedFor(agreed).finish()


def test_a_record_that_nobody_handed_in_is_found_unless_a_stranger_signed_it(agreed: Cluster) -> None:
    host = agreed.hosts[1]
    stray = agreed.sign(0, "stray")
    host.disk.store_pending((stray,), (), 0)
    with pytest.raises(Finding, match=rf"20\.1\.0\.1:4343: nobody handed in record {stray.txid.hex()}"):
        RecordsAreAccountedFor(agreed).finish()
    agreed.foreign.add(stray.author)
    RecordsAreAccountedFor(agreed).finish()


def test_a_chain_without_a_record_or_with_one_too_many_is_found(agreed: Cluster) -> None:
    late = agreed.sign(0, "late")
    agreed.submitted.append(late)
    with pytest.raises(Finding, match="check_records: 2 records chained, 3 submitted"):
        check_records(agreed, agreed.hosts[0])
    del agreed.submitted[1:]
    with pytest.raises(Finding, match="2 records chained, 1 submitted"):
        check_records(agreed, agreed.hosts[0])
