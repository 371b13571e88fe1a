"""What happened in a world, in numbers: blocks, stale ones, reorganisations by depth."""

from collections import Counter

from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host


class Tally:
    """Counts as the world goes on. `reorganisations` are by depth, over all hosts."""

    def __init__(self, cluster: Cluster) -> None:
        """Start with nothing counted."""
        self._cluster = cluster
        self._read: dict[Host, int] = {}
        self.reorganisations: Counter[int] = Counter()
        self.blocks: set[bytes] = set()
        self.height = 0

    def changed(self, host: Host) -> None:
        """Count what the newest events of a host tell: what one commit undoes is one reorganisation."""
        read = self._read.get(host, 0)
        events = host.disk.load_events(read, host.disk.last_event - read)
        self._read[host] = read + len(events)
        if depth := sum(event.kind == "undone" for event in events):
            self.reorganisations[depth] += 1
        if any(event.kind == "connected" for event in events):
            self.blocks.add(host.tip)
            stored = host.disk.by_hash(host.tip)
            self.height = max(self.height, stored.header.height if stored is not None else 0)

    def stale(self) -> int:
        """Count the blocks on any disk that are not in the chain of the first host."""
        chain = {block.hash for block in self._cluster.hosts[0].disk.blocks()}
        known = {each for host in self._cluster.hosts for each in host.disk.headers()}
        return len(known - chain) - 1
