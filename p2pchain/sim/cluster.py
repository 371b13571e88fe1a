"""Simulated hosts that know of each other, and records signed for them."""

import random

from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.sim.host import Host, Power
from p2pchain.sim.links import Links
from p2pchain.sim.shape import EASY_BITS, Shape, simulated_network
from p2pchain.sim.topology import PORT, address_of, ring
from p2pchain.sim.world import EPOCH_MS, World

INTAKE_MS = 1_000


class Cluster:
    """Hosts 0 to n-1, each dialling others by hand, all of one seed. `foreign` are strangers' keys that sign too."""

    def __init__(
        self,
        seed: int,
        count: int = 0,
        *,
        mean_search_ms: int = 1_000,
        neighbours: int = 2,
        shape: Shape | None = None,
    ) -> None:
        """Boot every host of a shape, or of a ring in which each dials the next ones and mines as fast as all."""
        self.shape = shape or Shape(
            network=simulated_network(),
            mining=MiningMode.AUTO,
            wiring=ring(count, neighbours),
            shares=(1 / count,) * count,
            spacing_ms=mean_search_ms,
        )
        self.world = World(seed)
        self.links = Links(self.world)
        self.links.latency_ms = self.shape.latency_ms
        self.links.bytes_per_ms = self.shape.bytes_per_ms
        self.submitted: list[Transaction] = []
        self.foreign: set[bytes] = set()
        self.hosts = [self._host(number) for number in range(self.shape.count)]
        self._authors = [
            SigningKey(random.Random(f"{seed} {number}").randbytes(32)) for number in range(self.shape.count)
        ]
        self._timestamp_ms = EPOCH_MS
        for host in self.hosts:
            host.boot()

    @property
    def network(self) -> Network:
        """The rules that all share."""
        return self.shape.network

    def _host(self, number: int) -> Host:
        shape = self.shape
        config = NodeConfig(
            network=shape.network,
            listen=address_of(number),
            peers=tuple(address_of(other) for other in shape.wiring[number]),
            addresses=(),
            outbound_max=shape.outbound_max,
            mining=shape.mining,
            miner=bytes(32),
            agent="simulated",
            node_id=bytes(16),
        )
        return Host(self.world, self.links, config, Power(shape.search_ms(number)))

    def sign(self, number: int, text: str) -> Transaction:
        """Sign a record as the author of a host."""
        self._timestamp_ms = max(self._timestamp_ms + 1, EPOCH_MS + self.world.ticks_ms)
        return sign(
            self._authors[number],
            self.network.id,
            timestamp=self._timestamp_ms,
            kind="test.note",
            payload=text.encode(),
            salt=self.world.rng.randbytes(16),
        )

    def submit(self, number: int, *texts: str) -> Transaction:
        """Sign records as the author of a host, and hand them to that host; gives the last."""
        transactions = [self.sign(number, text) for text in texts]
        self.submitted.extend(transactions)
        self.hosts[number].submit(*transactions)
        return transactions[-1]

    def cut_between(self, one_side: list[int], other_side: list[int]) -> None:
        """Cut every link between two groups of hosts."""
        for one in one_side:
            for other in other_side:
                self.links.cut(self.hosts[one], self.hosts[other])

    def one_tip(self) -> bool:
        """Say whether all running hosts have one tip."""
        return len({host.tip for host in self.hosts if host.running}) == 1

    def agree(self) -> bool:
        """Say whether all running hosts have one tip and nothing pending."""
        return self.one_tip() and not any(host.disk.pending() for host in self.hosts if host.running)

    def run_until_agreed(self, limit_ms: int = 120_000) -> bool:
        """Let time pass until all agree, within a limit; what was handed in just now first needs to reach a disk."""
        self.world.run_until(self.world.ticks_ms + INTAKE_MS)
        return self.world.run_until_true(self.agree, limit_ms)


__all__ = ["EASY_BITS", "PORT", "Cluster", "simulated_network"]
