"""One simulated world on trial: what scenarios do to it, what is counted, and the checkers that watch."""

import random
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from p2pchain.node.events import ChainCommitted, Event, PendingStored
from p2pchain.sim.checkers import CHECKERS
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.links import Endpoint
from p2pchain.sim.shape import Shape
from p2pchain.sim.tally import Tally

E = TypeVar("E", bound=Endpoint)

LOOK_EVERY_MS = 5_000

# So many hosts have a program that follows their events.
FOLLOWED = 6

# Records that are handed in together, and the most bytes of one's payload.
RECORDS_AT_ONCE = 5
SIZE_MAX = 2_000

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
        self.hostile: list[Endpoint] = []
        for host in self.cluster.hosts:
            host.watches[ChainCommitted] = self._committed
            host.watches[PendingStored] = self._committed
        for host in self.some(self.hosts, FOLLOWED):
            host.follow()
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

    def submit(self, count: int, *, at_once: int = RECORDS_AT_ONCE) -> None:
        """Hand records of many sizes in, up to so many at a time, each time at a host that runs."""
        while count > 0 and (running := self.running):
            batch = min(count, self.rng.randint(1, at_once))
            count -= batch
            sizes = [int(self.rng.paretovariate(1.2) * 20) for _ in range(batch)]
            host = self.rng.choice(running)
            self.cluster.submit(self.hosts.index(host), *("x" * min(size, SIZE_MAX) for size in sizes))

    def some(self, hosts: Iterable[E], most: int) -> list[E]:
        """Draw at least one of some hosts, where there are any, and not more than so many."""
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
        """End all faults, and what is hostile leaves."""
        links = self.cluster.links
        links.heal()
        for stranger in self.hostile:
            stranger.running = False
            links.crash(stranger)
        for host in self.hosts:
            links.slow_down(host, self.cluster.shape.bytes_per_ms)
            host.disk_full = False
            host.clock_ms = 0
            self.boot(host)
        self.set_hash_rate(1)

    def set_hash_rate(self, factor: float) -> None:
        """Let all mine so many times as fast as at the beginning."""
        for number, host in enumerate(self.hosts):
            host.power.mean_search_ms = self.cluster.shape.search_ms(number) / factor
            host.search_anew()

    def stop_mining(self) -> None:
        """Let nobody find a block any more."""
        for host in self.hosts:
            host.power.mean_search_ms = NEVER_MS
            host.search_anew()

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
