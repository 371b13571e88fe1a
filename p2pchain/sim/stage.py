"""A world with a host in it, or few, and strangers that talk to them."""

from dataclasses import replace

from p2pchain.node.config import MiningMode, NodeConfig
from p2pchain.node.events import Address
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import PORT, simulated_network
from p2pchain.sim.host import Host, Power
from p2pchain.sim.links import Links
from p2pchain.sim.stranger import Stranger
from p2pchain.sim.world import World


class Stage:
    """A host and as many strangers as are wanted."""

    def __init__(self, seed: int = 1, *, forget_depth: int = 1_000) -> None:
        """Start with nobody on the network, whose rules are the simulation's but for this depth."""
        self.world = World(seed)
        self.links = Links(self.world)
        self.network = replace(simulated_network(), forget_depth=forget_depth)
        self.builder = ChainBuilder(self.network, seed)
        self._strangers = 0

    def host(
        self,
        *,
        number: int = 1,
        mining: MiningMode = MiningMode.OFF,
        peers: tuple[Address, ...] = (),
        outbound_max: int = 0,
    ) -> Host:
        """Boot the host, or one more of another number."""
        config = NodeConfig(
            network=self.network,
            listen=Address(f"10.0.0.{number}", PORT),
            peers=peers,
            addresses=(),
            outbound_max=outbound_max,
            mining=mining,
            miner=bytes(32),
            agent="host",
            node_id=bytes(16),
        )
        host = Host(self.world, self.links, config, Power(500))
        host.boot()
        return host

    def stranger(self, host: str = "") -> Stranger:
        """Put a stranger on the network, at a host of its own or a given one."""
        self._strangers += 1
        address = Address(host or f"192.0.2.{self._strangers}", PORT)
        return Stranger(self.world, self.links, self.network, address)

    def friend(self, host: Host) -> Stranger:
        """Put a stranger on the network that has greeted the host."""
        stranger = self.stranger()
        stranger.dial(host)
        stranger.greet()
        return stranger
