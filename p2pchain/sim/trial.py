"""One simulated world on trial: what scenarios do to it, what is counted, and the checkers that watch."""

import random
from collections import Counter
from collections.abc import Iterable

from p2pchain.node.events import ChainCommitted, Event, PendingStored
from p2pchain.sim.checkers import CHECKERS
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.shape import Shape
from p2pchain.sim.tally import Tally

LOOK_EVERY_MS = 2_000

# A miner that has stopped: its next block is due in some years.
NEVER_MS = 1e12


class Trial:
    """A cluster of one seed. `rng` draws what scenarios do; what goes on in the world has a generator of its own."""

    def __init__(self, seed: int, name: str, shape: Shape) -> None:
        """Boot the world, and let checkers watch it. One name and seed always draw the same."""
        self.rng = random.Random(f"{name} {seed}")
        self.cluster = Cluster(seed, shape=shape)
        self.tally = Tally(self.cluster)
        self.checkers = [kind(self.cluster) for kind in CHECKERS]
        self.faults: Counter[str] = Counter()
        self.skew_max_ms = 0
        for host in self.cluster.hosts:
            host.follow()
            host.watches[ChainCommitted] = self._committed
            host.watches[PendingStored] = self._committed
        self.cluster.world.call_later(LOOK_EVERY_MS, self._look)

    @property
    def hosts(self) -> list[Host]:
        """All hosts, running or not."""
        return self.cluster.hosts

    @property
    def running(self) -> list[Host]:
        """The hosts that run."""
        return [host for host in self.cluster.hosts if host.running]

    @property
    def height(self) -> int:
        """The height of the highest connected block."""
        return self.tally.height

    def note(self, fault: str) -> None:
        """Count a fault, for the report."""
        self.faults[fault] += 1

    def pass_time(self, least: float, most: float) -> None:
        """Let a time pass that is drawn between two, in mean times between blocks."""
        self.cluster.world.run_for(round(self.rng.uniform(least, most) * self.cluster.shape.spacing_ms))

    def submit(self, count: int) -> None:
        """Hand records of any size in, each at a host that runs."""
        running = [number for number, host in enumerate(self.hosts) if host.running]
        for _ in range(count if running else 0):
            text = "x" * int(self.rng.paretovariate(1.2) * 20)
            self.cluster.submit(self.rng.choice(running), text[:2_000])

    def some(self, hosts: Iterable[Host], most: int) -> list[Host]:
        """Draw at least one of some hosts, and not more than so many."""
        among = list(hosts)
        return self.rng.sample(among, self.rng.randint(min(1, len(among)), min(most, len(among))))

    def stop(self, host: Host) -> None:
        """End a host's program, or cut its power."""
        silently = self.rng.random() < 0.5
        self.note("power cut" if silently else "crash")
        if silently:
            host.cut_power()
        else:
            host.crash()

    def boot(self, host: Host) -> None:
        """Start a host that is down, and see what its disk held."""
        if not host.running:
            for checker in self.checkers:
                checker.changed(host)
            host.boot()

    def mend(self) -> None:
        """End all faults."""
        links = self.cluster.links
        links.heal()
        for host in self.hosts:
            links.slow_down(host, self.cluster.shape.bytes_per_ms)
            host.disk_full = False
            host.clock_ms = 0
            self.boot(host)

    def stop_mining(self) -> None:
        """Let nobody find a block any more."""
        for host in self.hosts:
            host.power.mean_search_ms = NEVER_MS
            host.stop_search()

    def finish(self) -> None:
        """Let all checkers look a last time."""
        for host in self.hosts:
            for checker in self.checkers:
                checker.changed(host)
                checker.look(host)
        for checker in self.checkers:
            checker.finish()

    def _committed(self, host: Host, event: Event) -> None:
        del event
        self.tally.changed(host)
        for checker in self.checkers:
            checker.changed(host)

    def _look(self) -> None:
        for host in self.hosts:
            for checker in self.checkers:
                checker.look(host)
        self.cluster.world.call_later(LOOK_EVERY_MS, self._look)
