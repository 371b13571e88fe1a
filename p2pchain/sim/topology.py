"""Who dials whom by hand, and at which addresses simulated hosts are."""

import random

from p2pchain.node.events import Address

PORT = 4343

# Which others, by number, each host dials.
Wiring = tuple[tuple[int, ...], ...]


def address_of(number: int) -> Address:
    """Give a host's address: each is in a part of the network (a /16) of its own."""
    return Address(f"{20 + number // 250}.{number % 250}.0.1", PORT)


def ring(count: int, neighbours: int) -> Wiring:
    """Have each dial the next ones."""
    reach = range(1, min(neighbours, count - 1) + 1)
    return tuple(tuple((number + step) % count for step in reach) for number in range(count))


def scattered(rng: random.Random, count: int, neighbours: int) -> Wiring:
    """Have each dial the next one, so that all are joined, and others at random."""
    wiring: list[tuple[int, ...]] = []
    for number in range(count):
        near = (number + 1) % count
        others = [each for each in range(count) if each not in (number, near)]
        far = rng.sample(others, min(neighbours - 1, len(others)))
        wiring.append((near, *far) if count > 1 else ())
    return tuple(wiring)


def introduced(rng: random.Random, count: int) -> Wiring:
    """Have each dial one that was there before; the rest they find by gossip."""
    return ((), *((rng.randrange(number),) for number in range(1, count)))
