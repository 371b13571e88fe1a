"""What is no rule and must agree all the same: ids of networks, roots, proofs, receipts, targets, retargeting."""

from dataclasses import replace
from hashlib import sha256

from p2pchain.chain import proof
from p2pchain.chain.history import EMPTY
from p2pchain.chain.merkle import leaf_hash, root
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.retarget import genesis_chain_time, next_bits, next_chain_time
from p2pchain.chain.target import compact, target_of, work_of
from vector_cases.ladder import ASERT, NONE
from vector_cases.receipts import receipts

NETWORKS = (
    LOCAL,
    NONE,
    ASERT,
    replace(LOCAL, name="räksmörgås"),
    replace(LOCAL, half_life=600_000, clamp=600_000),  # which mean nothing where bits never change
)
SIZES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33)
BITS = (0x01010000, 0x02010000, 0x03010000, 0x1B0404CB, 0x1D00FFFF, 0x1E29F16B, 0x207FFFFF, 0x2100FFFF)
TARGETS = (
    1,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFFFF,
    0x800000,
    0xFFFFFF,
    0x1234567,
    2**240 - 1,
    2**255,
    2**256 - 1,
)
HOUR_MS = 3_600_000
# Milliseconds between blocks: quick ones, the clamp and one more, a day, and many on time.
STEPS = (1, 10_000, 9_999, 20_000, 20_001, 24 * HOUR_MS, 500, *[1_000] * 8, *[20_000] * 6, *[1] * 8)


def values() -> dict[str, object]:
    """Give all of them."""
    return {
        "about": "Hashes, targets and works are in hex; leaf i of each tree is the SHA-256 of the byte i.",
        "networks": [
            _network(network) for network in (LOCAL, NONE, ASERT, replace(LOCAL, name="räksmörgås"))
        ],
        "roots": [{"leaves": size, "root": root(_leaves(size)).hex()} for size in SIZES],
        "inclusions": [
            _inclusion(size, index) for size in SIZES for index in sorted({0, size // 2, size - 1}) if size
        ],
        "consistencies": [_consistency(old, size) for size in SIZES for old in SIZES if 0 < old <= size],
        "histories": [_history(size) for size in SIZES],
        "receipts": receipts(),
        "targets": [_target(bits) for bits in BITS],
        "compacts": [{"target": f"{value:064x}", "bits": compact(value)} for value in TARGETS],
        "meets": [_meets(bits, step) for bits in BITS for step in (-1, 0, 1)],
        "clocks": _clock(ASERT),
    }


def _leaves(size: int) -> list[bytes]:
    return [sha256(bytes([number])).digest() for number in range(size)]


def _hashes(size: int) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in _leaves(size)]


def _network(network: Network) -> dict[str, object]:
    rules = {name: value for name, value in network.values().items() if name != "search_rate"}
    genesis = network.genesis
    return {
        "rules": rules,
        "id": network.id.hex(),
        "genesis": genesis.encode().hex(),
        "genesis_hash": genesis.hash.hex(),
        "genesis_work": f"{genesis.work:064x}",
    }


def _inclusion(size: int, index: int) -> dict[str, object]:
    path = proof.inclusion_path(_hashes(size), index)
    return {"leaves": size, "index": index, "path": [each.hex() for each in path]}


def _consistency(old: int, size: int) -> dict[str, object]:
    path = proof.consistency_path(_hashes(size), old)
    return {"old": old, "leaves": size, "path": [each.hex() for each in path]}


def _history(size: int) -> dict[str, object]:
    frontier = EMPTY
    for leaf in _leaves(size):
        frontier = frontier.append(leaf)
    return {"blocks": size, "root": frontier.root().hex(), "peaks": [peak.hex() for peak in frontier.peaks]}


def _target(bits: int) -> dict[str, object]:
    target = target_of(bits)
    return {"bits": bits, "target": f"{target:064x}", "work": f"{work_of(target):064x}"}


def _meets(bits: int, step: int) -> dict[str, object]:
    value = target_of(bits) + step
    return {"bits": bits, "hash": f"{value:064x}", "meets": step <= 0}


def _clock(network: Network) -> list[dict[str, int]]:
    """Give, block by block, its time, the chain clock there, and the bits of the block that follows."""
    chain_time, time, bits = genesis_chain_time(network), network.genesis_time, network.bits
    found = [
        {"timestamp": time, "chain_time": chain_time, "next_bits": next_bits(network, 0, chain_time, bits)}
    ]
    for height, step in enumerate(STEPS):
        chain_time = next_chain_time(network, height, chain_time, time, time + step)
        time += step
        bits = next_bits(network, height + 1, chain_time, bits)
        found.append({"timestamp": time, "chain_time": chain_time, "next_bits": bits})
    return found
