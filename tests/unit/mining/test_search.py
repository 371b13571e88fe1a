"""The search for a nonce."""

import random
from hashlib import sha256

from p2pchain.chain.header import Header
from p2pchain.mining.search import NONCE_END, search
from p2pchain.sim.cluster import simulated_network


def random_header(rng: random.Random) -> Header:
    return Header(
        rng.getrandbits(32), rng.randbytes(32), rng.randbytes(32), rng.getrandbits(63), rng.getrandbits(32), 0
    )


def test_it_finds_the_first_nonce_that_meets_the_target() -> None:
    rng = random.Random(1)
    for _ in range(50):
        header, target, start = random_header(rng), rng.getrandbits(251), rng.getrandbits(40)
        expected = next(
            (
                nonce
                for nonce in range(start, start + 100)
                if int.from_bytes(header.with_nonce(nonce).hash, "big") <= target
            ),
            None,
        )
        assert search(header.encode(), start, 100, target) == expected


def test_a_hash_equal_to_the_target_meets_it() -> None:
    header = simulated_network().genesis.encode()
    hash_ = int.from_bytes(sha256(header).digest(), "big")
    assert search(header, 0, 1, hash_) == 0
    assert search(header, 0, 1, hash_ - 1) is None


def test_it_ends_with_the_last_nonce_there_is() -> None:
    assert search(bytes(92), NONCE_END - 2, 10, 0) is None
