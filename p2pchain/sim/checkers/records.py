"""No record vanishes: what was acknowledged stays, and at the end each is accounted for."""

import msgpack

from p2pchain.chain.transaction import Transaction
from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.disk import Disk
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host


class AcknowledgedStays(Checker):
    """What a host said it has is on its disk ever after: pending, in the chain, or evicted by a numbered event."""

    def changed(self, host: Host) -> None:
        """Look for everything that this host acknowledged."""
        evicted: dict[bytes, str] | None = None
        for txid in host.client.acknowledged:
            if host.disk.holds(txid):
                continue
            evicted = evictions(host.disk) if evicted is None else evicted
            if txid not in evicted:
                self.found(f"{host.address}: acknowledged record {txid.hex()} is gone without a word")

    def finish(self) -> None:
        """Look once more."""
        for host in self.cluster.hosts:
            self.changed(host)


class RecordsAreAccountedFor(Checker):
    """At the end a record is in every chain once, or evicted or refused by name; in every pool, where nobody mines.

    One whose host crashed before it said anything may also be nowhere. Nothing is anywhere that nobody handed in.
    """

    def finish(self) -> None:
        """Account for each."""
        hosts = self.cluster.hosts
        chained = [_chained(host.disk) for host in hosts]
        pending = [{each.txid: each for each in host.disk.pending()} for host in hosts]
        evicted = [evictions(host.disk) for host in hosts]
        for host in hosts:
            for record in host.client.submitted:
                txid = record.txid
                count = sum(txid in each for each in chained)
                pools = sum(txid in each for each in pending)
                if count == len(chained) or (pools == len(chained) and not self.cluster.shape.settles):
                    continue
                if pools == 0 and any(txid in each for each in evicted):
                    continue
                if count == pools == 0 and self._may_be_gone(host, txid):
                    continue
                where = f"in {count} chains and {pools} pools of {len(chained)}"
                self.found(f"record {txid.hex()}, handed in at {host.address}, is {where}")
        for host, *held in zip(hosts, chained, pending, strict=True):
            self._look_for_strays(host, *held)

    @staticmethod
    def _may_be_gone(host: Host, txid: bytes) -> bool:
        client = host.client
        return txid in client.refused or (txid in client.cut_off and txid not in client.acknowledged)

    def _look_for_strays(self, host: Host, *held: dict[bytes, Transaction]) -> None:
        known = {record.txid for each in self.cluster.hosts for record in each.client.submitted}
        for record in (record for each in held for record in each.values()):
            if record.txid not in known and record.author not in self.cluster.foreign:
                self.found(f"{host.address}: nobody handed in record {record.txid.hex()}")


def check_records(cluster: Cluster, host: Host) -> None:
    """Check that every submitted record is in a host's chain exactly once.

    Raises:
        Finding: one is missing, or there is one that nobody submitted.
    """
    chained = [transaction.txid for block in host.disk.blocks() for transaction in block.transactions]
    submitted = [transaction.txid for transaction in cluster.submitted]
    if sorted(chained) != sorted(submitted):
        raise Finding("check_records", f"{len(chained)} records chained, {len(submitted)} submitted")


def evictions(disk: Disk) -> dict[bytes, str]:
    """Read which records a disk let go of, and why."""
    found: dict[bytes, str] = {}
    for event in disk.load_events(0, disk.last_event):
        if event.kind == "evicted":
            data = msgpack.unpackb(event.data)
            found[data["txid"]] = data["reason"]
    return found


def _chained(disk: Disk) -> dict[bytes, Transaction]:
    return {each.txid: each for block in disk.blocks() for each in block.transactions}
