"""What all checkers have in common: when they are called, and how they say what they found."""

from typing import NoReturn

from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host


class Checker:
    """Watches one world. What it overrides is what it looks at."""

    def __init__(self, cluster: Cluster) -> None:
        """Take the world, with nothing in it yet but its hosts."""
        self.cluster = cluster

    def changed(self, host: Host) -> None:
        """Look after a host's disk may have changed: a commit that its node heard of, or a start."""

    def look(self, host: Host) -> None:
        """Look now and then, while the host runs."""

    def finish(self) -> None:
        """Look at the end, when all faults are mended and time was given to agree."""

    def found(self, what: str) -> NoReturn:
        """Say what is wrong.

        Raises:
            Finding: always.
        """
        raise Finding(type(self).__name__, what)
