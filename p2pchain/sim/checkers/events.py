"""The numbered events have no gap, on disk and as a subscriber hears them, and folded they give the chain."""

import msgpack

from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host


class EventsAreWhole(Checker):
    """Follows what subscribers are told, over crashes too, and reads all events at the end."""

    def look(self, host: Host) -> None:
        """See whether a subscriber found a gap."""
        if host.client.gaps:
            self.found(f"{host.address}: a subscriber was told {host.client.gaps[0]}")

    def finish(self) -> None:
        """Fold all events, and compare with the chain, and with what subscribers have."""
        for host in self.cluster.hosts:
            self.look(host)
            try:
                check_events(host)
            except Finding as finding:
                self.found(f"{host.address}: {finding.what}")
            chain = [block.hash for block in host.disk.blocks()]
            if host.running and host.client.follows and host.client.chain != chain:
                told = f"{len(host.client.chain)} blocks up to event {host.client.last_event:,}"
                self.found(
                    f"{host.address}: a subscriber was told of {told}, the chain has {len(chain)}"
                    f" at event {host.disk.last_event:,}"
                )


def check_events(host: Host) -> None:
    """Check that the numbered events have no gap, and folded give the chain.

    Raises:
        Finding: they do not.
    """
    events = host.disk.load_events(0, host.disk.last_event)
    if [event.number for event in events] != list(range(1, len(events) + 1)):
        raise Finding("check_events", "event numbers have a gap")
    chain: list[bytes] = []
    for event in events:
        if event.kind == "connected":
            chain.append(msgpack.unpackb(event.data)["hash"])
        elif event.kind == "undone":
            if chain[-1:] != [msgpack.unpackb(event.data)["hash"]]:
                raise Finding("check_events", f"event {event.number} undoes a block that is not the tip")
            chain.pop()
    if chain != [block.hash for block in host.disk.blocks()]:
        raise Finding("check_events", "the events folded do not give the chain")
