"""What an operator decides about a node before it starts."""

from dataclasses import dataclass
from enum import Enum

from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.node.remembered import Ban, KnownAddress


class MiningMode(Enum):
    """When a node mines: never, while something is pending, or always. On request it mines in every mode."""

    OFF = "off"
    AUTO = "auto"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """A node's identity, network and policy.

    `peers` are dialled for ever; up to `outbound_max` more are found by gossip. `miner` is the public key that its
    blocks name; `node_id` 16 random bytes, new at each start. The rest is what an earlier start saved: `addresses` that
    were known, those that the operator `added` or `removed` while it ran, and `bans`.
    """

    network: Network
    listen: Address
    peers: tuple[Address, ...]
    addresses: tuple[KnownAddress, ...]
    outbound_max: int
    mining: MiningMode
    miner: bytes
    agent: str
    node_id: bytes
    added: tuple[Address, ...] = ()
    removed: tuple[Address, ...] = ()
    bans: tuple[Ban, ...] = ()
