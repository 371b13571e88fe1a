"""The search for a nonce."""

import random
from hashlib import sha256

import pytest

from p2pchain.chain.header import Header
from p2pchain.mining import search as module
from p2pchain.mining.search import METHOD, NONCE_END, SLICE_HASHES, search, search_python
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
        assert search_python(header.encode(), start, 100, target) == expected


def test_the_fastest_search_and_its_python_twin_agree_on_a_thousand_headers() -> None:
    rng = random.Random(2)
    for _ in range(1_000):
        header, start, count = rng.randbytes(92), rng.getrandbits(rng.choice([8, 32, 63])), rng.randint(0, 40)
        target = rng.getrandbits(rng.randint(245, 252))
        assert search(header, start, count, target) == search_python(header, start, count, target)


def test_without_a_compiler_the_search_is_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_native", None)
    assert search(bytes(92), 3, 10, 2**256 - 1) == 3


def test_the_method_has_a_name_and_a_slice() -> None:
    assert METHOD in {"SHA-NI", "portable C", "Python"}
    assert SLICE_HASHES > 0


def test_a_hash_equal_to_the_target_meets_it() -> None:
    header = simulated_network().genesis.encode()
    hash_ = int.from_bytes(sha256(header).digest(), "big")
    assert search(header, 0, 1, hash_) == 0
    assert search(header, 0, 1, hash_ - 1) is None


def test_it_ends_with_the_last_nonce_there_is() -> None:
    for each in (search, search_python):
        assert each(bytes(92), NONCE_END - 2, 10, 0) is None
