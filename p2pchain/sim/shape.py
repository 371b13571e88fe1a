"""What a simulated world is like before anything happens in it: its rules, its hosts, its lines."""

import random
from dataclasses import dataclass

from p2pchain.chain.network import Network
from p2pchain.chain.target import SPACE, compact, target_of, work_of
from p2pchain.node.config import MiningMode
from p2pchain.sim.links import BYTES_PER_MS, LATENCY_MS
from p2pchain.sim.topology import Wiring, ring, scattered
from p2pchain.sim.world import EPOCH_MS

# Half of all nonces meet this target: the time of a search is the simulation's to decide.
EASY_BITS = 0x207FFFFF

# Where the target follows the hash rate, it starts where so many hashes find a block, and so much easier it can get.
HASHES_AT_FIRST = 64

# On average, a block comes after so long, in ms: long beside the few seconds that it takes to reach everybody.
SPACING_MS = (4_000, 12_000)


@dataclass(frozen=True, slots=True)
class Shape:
    """A world's beginning. `spacing_ms` is the mean time between blocks while all mine; `shares` of it, by host."""

    network: Network
    mining: MiningMode
    wiring: Wiring
    shares: tuple[float, ...]
    spacing_ms: float
    outbound_max: int = 0
    latency_ms: tuple[int, int] = LATENCY_MS
    bytes_per_ms: float = BYTES_PER_MS

    @property
    def count(self) -> int:
        """How many hosts there are."""
        return len(self.wiring)

    @property
    def settles(self) -> bool:
        """Whether nobody mines where nothing is pending."""
        return self.mining is MiningMode.AUTO

    def search_ms(self, number: int) -> float:
        """Give the mean time that a host's search takes at the genesis target."""
        return self.spacing_ms / self.shares[number]


def simulated_network(bits: int = EASY_BITS) -> Network:
    """Give a network whose blocks cost nothing to find."""
    return Network(
        name="simulated",
        genesis_time=EPOCH_MS - 1,
        bits=bits,
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


def retargeting_network(spacing_ms: int, half_life_blocks: int) -> Network:
    """Give a network that mines always, and whose target follows the hash rate."""
    return Network(
        name="retargeting",
        genesis_time=EPOCH_MS - 1,
        bits=compact(SPACE // HASHES_AT_FIRST),
        retarget="asert",
        spacing=spacing_ms,
        half_life=half_life_blocks * spacing_ms,
        clamp=60 * spacing_ms,
        max_block_bytes=64 * 1024,
        max_transaction_bytes=8 * 1024,
        min_stamp_work=1,
        forget_depth=1_000,
        search_rate=None,
    )


def usual(rng: random.Random, count: int) -> Shape:
    """Draw a world: some mine while something is pending, others always; some in a ring, others dial at random."""
    spacing_ms = rng.randint(*SPACING_MS)
    always = rng.random() < 1 / 3
    return Shape(
        network=retargeting_network(spacing_ms, 60) if always else simulated_network(),
        mining=MiningMode.ALWAYS if always else MiningMode.AUTO,
        wiring=ring(count, 2) if count <= 8 and rng.random() < 0.5 else scattered(rng, count, 3),
        shares=shares(rng, count),
        spacing_ms=spacing_ms,
        latency_ms=rng.choice([(1, 5), LATENCY_MS, (20, 150)]),
    )


def shares(rng: random.Random, count: int) -> tuple[float, ...]:
    """Draw who has how much of the hash rate: few have much of it."""
    drawn = [rng.expovariate(1) + 0.01 for _ in range(count)]
    return tuple(each / sum(drawn) for each in drawn)


def hashes_per_second(shape: Shape) -> float:
    """Give the hash rate of all hosts together: what finds a block in `spacing_ms` at the genesis target."""
    return work_of(target_of(shape.network.bits)) * 1_000 / shape.spacing_ms
