"""What a node holds, and what waits on its lines and its disk, stays within its bounds."""

from p2pchain.net.transport import WRITE_MAX_BYTES
from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.host import Host

# Jobs that wait for a simulated disk: what the bounds on blocks and records under way allow is far less.
DISK_JOBS_MAX = 1_000


class QueuesAreBounded(Checker):
    """Asks each node how much of each bound is used."""

    def look(self, host: Host) -> None:
        """Hold each to its limit."""
        if not host.running:
            return
        for use in host.node.uses():
            if use.used > use.limit:
                self.found(f"{host.address}: {use.name}: {use.used:,}, {use.limit:,} at most")
        if host.storage.queued > DISK_JOBS_MAX:
            self.found(f"{host.address}: {host.storage.queued:,} jobs wait for the disk")
        longest = self.cluster.links.longest_queue(host)
        if longest > WRITE_MAX_BYTES:
            self.found(f"{host.address}: {longest:,} bytes wait on one connection")
