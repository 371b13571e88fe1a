"""How the target follows the hash rate: not at all (`none`), or by ASERT on a clock that a pause cannot run away with.

ASERT is aserti3-2d (Bitcoin Cash, 2020) but for the two bounds on the clock. All times are in ms.
"""

from p2pchain.chain.network import Network
from p2pchain.chain.target import compact, target_of

UNIT = 65_536


def genesis_chain_time(network: Network) -> int:
    """Give the chain clock at the genesis block."""
    return 0 if network.retarget == "none" else network.spacing


def next_chain_time(
    network: Network, parent_height: int, parent_chain_time: int, parent_timestamp: int, timestamp: int
) -> int:
    """Give the chain clock at a block: real time, but for long pauses, and never far behind the blocks' schedule."""
    if network.retarget == "none":
        return 0
    passed = min(timestamp - parent_timestamp, network.clamp)
    return min(parent_chain_time + passed, network.spacing * (parent_height + 2) + network.half_life)


def next_bits(network: Network, parent_height: int, parent_chain_time: int, parent_bits: int) -> int:
    """Give the bits that a block must have, from its parent."""
    if network.retarget == "none":
        return parent_bits
    ahead = (parent_chain_time - network.spacing * (parent_height + 1)) * UNIT
    exponent = abs(ahead) // network.half_life * (1 if ahead >= 0 else -1)
    return aserti3(network.bits, exponent, target_of(network.bits))


def aserti3(anchor_bits: int, exponent: int, target_max: int) -> int:
    """Scale the anchor's target by 2 to the power of exponent / 65536, with the specification's cubic approximation."""
    shift, fraction = exponent >> 16, exponent & 0xFFFF
    factor = UNIT + (
        (195_766_423_245_049 * fraction + 971_821_376 * fraction**2 + 5_127 * fraction**3 + 2**47) >> 48
    )
    scaled = target_of(anchor_bits) * factor
    places = shift - 16
    target = scaled << places if places >= 0 else scaled >> -places
    return compact(max(1, min(target, target_max)))
