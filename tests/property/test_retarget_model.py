"""The target follows a modelled hash rate: no storm after a pause, and the spacing kept; a plain clock would fail."""

import random
from collections.abc import Callable
from dataclasses import replace
from statistics import mean

import pytest

from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.retarget import genesis_chain_time, next_bits, next_chain_time
from p2pchain.chain.target import compact, target_of, work_of

SPACING_MS = 10_000
HOUR_MS = 3_600_000
GENESIS_HASHES = 2**40  # what the genesis target is made for, a block
NETWORK = replace(
    LOCAL,
    retarget="asert",
    bits=compact(2**256 // GENESIS_HASHES),
    spacing=SPACING_MS,
    half_life=60 * SPACING_MS,
    clamp=60 * SPACING_MS,
)
RATE = GENESIS_HASHES / SPACING_MS  # hashes in a millisecond that keep the genesis target busy
Clock = Callable[[Network, int, int, int, int], int]


def plain_clock(network: Network, height: int, chain_time: int, before: int, timestamp: int) -> int:
    """Do without both bounds, as the rule does that this one grew from."""
    del network, height
    return chain_time + timestamp - before


class Model:
    """A chain of times and bits whose miners are an exponential clock."""

    def __init__(self, seed: int, clock: Clock = next_chain_time) -> None:
        self.times = [0]
        self._rng = random.Random(seed)
        self._clock = clock
        self._chain_time = genesis_chain_time(NETWORK)
        self._bits = NETWORK.bits
        self._now = 0.0

    def mine(self, blocks: int, rate: float) -> float:
        """Mine blocks at a hash rate; their mean spacing in ms."""
        first = self._now
        for _ in range(blocks):
            self._step(rate)
        return (self._now - first) / blocks

    def mine_for(self, ms: float, rate: float) -> int:
        """Mine for a time; the number of blocks."""
        end, before = self._now + ms, len(self.times)
        while self._now < end:
            self._step(rate)
        return len(self.times) - before - 1

    def pause(self, ms: float) -> None:
        """Let time pass without a miner."""
        self._now += ms

    def _step(self, rate: float) -> None:
        height = len(self.times) - 1
        self._bits = next_bits(NETWORK, height, self._chain_time, self._bits)
        self._now += self._rng.expovariate(rate / work_of(target_of(self._bits)))
        timestamp = max(int(self._now), self.times[-1] + 1)
        self._chain_time = self._clock(NETWORK, height, self._chain_time, self.times[-1], timestamp)
        self.times.append(timestamp)


SEEDS = range(20)


def first_hour_after_a_day(seed: int, clock: Clock = next_chain_time) -> int:
    model = Model(seed, clock)
    model.mine(1_500, 64 * RATE)
    model.pause(24 * HOUR_MS)
    return model.mine_for(HOUR_MS, 64 * RATE)


def test_after_a_day_without_miners_there_is_no_storm() -> None:
    blocks = [first_hour_after_a_day(seed) for seed in SEEDS]
    assert 400 <= mean(blocks) <= 440, blocks
    assert max(blocks) < 500, blocks


def test_a_plain_clock_would_let_one_loose() -> None:
    blocks = [first_hour_after_a_day(seed, plain_clock) for seed in range(3)]
    assert min(blocks) > 8_000, blocks


@pytest.mark.parametrize("factor", [10, 100, 0.1, 0.01])
def test_the_spacing_is_back_when_the_hash_rate_has_changed(factor: float) -> None:
    rate = 640 * RATE
    for seed in range(5):
        model = Model(seed)
        model.mine(2_000, rate)
        model.mine(2_000, rate * factor)
        assert abs(model.mine(15_000, rate * factor) / SPACING_MS - 1) <= 0.02


def test_a_hash_rate_times_ten_is_followed_within_four_half_lives() -> None:
    for seed in SEEDS:
        model = Model(seed)
        model.mine(2_000, 64 * RATE)
        model.mine_for(240 * SPACING_MS, 640 * RATE)
        assert 0.8 <= model.mine(500, 640 * RATE) / SPACING_MS <= 1.2


def test_the_mean_spacing_is_kept_while_the_hash_rate_goes_up_and_down() -> None:
    model = Model(7)
    model.mine(2_000, 64 * RATE)
    means = [model.mine(2_000, 64 * RATE * (10 if turn % 2 else 1)) for turn in range(10)]
    assert abs(mean(means) / SPACING_MS - 1) <= 0.02, means
