"""A handful of simulated hosts that know of each other, and records signed for them."""

import random

from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import Address
from p2pchain.sim.host import Host, Power
from p2pchain.sim.links import Links
from p2pchain.sim.world import EPOCH_MS, World

PORT = 4343
INTAKE_MS = 1_000

# Half of all nonces meet this target: the time of a search is the simulation's to decide.
EASY_BITS = 0x207FFFFF


def simulated_network() -> Network:
    """Give a network whose blocks cost nothing to find."""
    return Network(
        name="simulated",
        genesis_time=EPOCH_MS - 1,
        bits=EASY_BITS,
        retarget="none",
        spacing=1_000,
        half_life=0,
        clamp=0,
        max_block_bytes=64 * 1024,
        max_transaction_bytes=8 * 1024,
        min_stamp_work=1,
        forget_depth=1_000,
        search_rate=None,
    )


class Cluster:
    """Hosts 0 to n-1, each dialling the next ones by hand, all of one seed."""

    def __init__(self, seed: int, count: int, *, mean_search_ms: int = 1_000, neighbours: int = 2) -> None:
        """Boot every host. Each dials `neighbours` others, in a ring."""
        self.world = World(seed)
        self.links = Links(self.world)
        self.network = simulated_network()
        self.submitted: list[Transaction] = []
        addresses = [Address(f"10.0.0.{number + 1}", PORT) for number in range(count)]
        self.hosts: list[Host] = []
        for number, address in enumerate(addresses):
            peers = tuple(
                addresses[(number + step) % count] for step in range(1, min(neighbours, count - 1) + 1)
            )
            config = NodeConfig(
                network=self.network,
                listen=address,
                peers=peers,
                addresses=(),
                outbound_max=0,
                mining=MiningMode.AUTO,
                miner=bytes(32),
                agent="simulated",
                node_id=bytes(16),
            )
            self.hosts.append(Host(self.world, self.links, config, Power(mean_search_ms * count)))
        self._authors = [
            SigningKey(random.Random(f"{seed} {number}").randbytes(32)) for number in range(count)
        ]
        self._timestamp_ms = EPOCH_MS
        for host in self.hosts:
            host.boot()

    def submit(self, number: int, text: str) -> Transaction:
        """Sign a record as the author of a host, and hand it to that host."""
        self._timestamp_ms = max(self._timestamp_ms + 1, EPOCH_MS + self.world.ticks_ms)
        transaction = sign(
            self._authors[number],
            self.network.id,
            timestamp=self._timestamp_ms,
            kind="test.note",
            payload=text.encode(),
            salt=self.world.rng.randbytes(16),
        )
        self.submitted.append(transaction)
        self.hosts[number].submit(transaction)
        return transaction

    def cut_between(self, one_side: list[int], other_side: list[int]) -> None:
        """Cut every link between two groups of hosts."""
        for one in one_side:
            for other in other_side:
                self.links.cut(self.hosts[one], self.hosts[other])

    def agree(self) -> bool:
        """Say whether all running hosts have one tip and nothing pending."""
        running = [host for host in self.hosts if host.running]
        return len({host.tip for host in running}) == 1 and not any(host.disk.pending() for host in running)

    def run_until_agreed(self, limit_ms: int = 120_000) -> bool:
        """Let time pass until all agree, within a limit; what was handed in just now first needs to reach a disk."""
        self.world.run_until(self.world.ticks_ms + INTAKE_MS)
        return self.world.run_until_true(self.agree, limit_ms)
