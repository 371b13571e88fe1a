"""ASERT agrees with every published case, and its clock neither runs away after a pause nor falls far behind."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.network import LOCAL
from p2pchain.chain.retarget import UNIT, aserti3, genesis_chain_time, next_bits, next_chain_time
from p2pchain.chain.target import target_of

RUNS = sorted((Path(__file__).parents[2] / "vectors" / "asert").glob("*.txt"))

# The parameters of the published runs: seconds.
SPACING, HALF_LIFE, EASIEST = 600, 172_800, 0x1D00FFFF

MINUTE = 60_000
NETWORK = replace(
    LOCAL,
    name="always mining",
    retarget="asert",
    bits=0x1E00FFFF,
    spacing=10_000,
    half_life=10 * MINUTE,
    clamp=10 * MINUTE,
)


def truncated(dividend: int, divisor: int) -> int:
    return abs(dividend) // divisor * (1 if dividend >= 0 else -1)


def published(run: Path) -> Iterator[tuple[int, int, int]]:
    """Give what the kernel is asked, and the bits that it has to answer."""
    lines = run.read_text("utf-8").splitlines()
    header = dict(line.removeprefix("##").split(":", 1) for line in lines if line.startswith("##"))
    values = {name.strip(): value.strip() for name, value in header.items()}
    height, time = int(values["anchor height"]), int(values["anchor ancestor time"])
    for line in lines:
        if line[:1].isdigit():
            _, at_height, at_time, bits = line.split()
            late = int(at_time) - time - SPACING * (int(at_height) - height + 1)
            yield int(values["anchor nBits"], 16), truncated(late * UNIT, HALF_LIFE), int(bits, 16)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.stem)
def test_the_kernel_agrees_with_the_published_cases(run: Path) -> None:
    cases = list(published(run))
    answers = [aserti3(anchor, exponent, target_of(EASIEST)) for anchor, exponent, _ in cases]
    assert len(cases) >= 10
    assert answers == [bits for _, _, bits in cases]


def test_all_published_runs_are_there() -> None:
    assert [run.stem for run in RUNS] == [f"asert-run{number:02}" for number in (1, 2, 3, 4, 5, 6, 9)]


@pytest.mark.parametrize(
    ("half_lives", "bits"),
    [(-1, 0x1C7FFF80), (-2, 0x1C3FFFC0), (0, 0x1D00FFFF), (5, 0x1D00FFFF)],
)
def test_the_target_halves_with_each_half_life_and_is_never_easier_than_the_easiest(
    half_lives: int, bits: int
) -> None:
    assert aserti3(EASIEST, half_lives * UNIT, target_of(EASIEST)) == bits


def test_the_target_is_never_below_one() -> None:
    assert target_of(aserti3(EASIEST, -10_000 * UNIT, target_of(EASIEST))) == 1


def test_none_keeps_the_bits_and_no_clock() -> None:
    assert next_bits(LOCAL, 9, 12_345, LOCAL.bits) == LOCAL.bits
    assert next_chain_time(LOCAL, 9, 12_345, 1_000, 5_000) == genesis_chain_time(LOCAL) == 0


def on_schedule(height: int) -> int:
    """The chain clock at a block when every block came after exactly the spacing."""
    return NETWORK.spacing * (height + 1)


def test_the_clock_starts_on_schedule() -> None:
    assert genesis_chain_time(NETWORK) == on_schedule(0)


@pytest.mark.parametrize("height", [0, 1, 1_000])
def test_blocks_on_schedule_keep_the_genesis_bits(height: int) -> None:
    assert next_bits(NETWORK, height, on_schedule(height), 0) == NETWORK.bits
    time = next_chain_time(NETWORK, height, on_schedule(height), 50, 50 + NETWORK.spacing)
    assert time == on_schedule(height + 1)


def test_early_blocks_halve_the_target_in_a_half_life() -> None:
    early = on_schedule(1_000) - NETWORK.half_life
    assert target_of(next_bits(NETWORK, 1_000, early, 0)) == target_of(NETWORK.bits) // 2


def test_negative_exponents_are_truncated_towards_zero() -> None:
    assert next_bits(NETWORK, 1_000, on_schedule(1_000) - 9, 0) == NETWORK.bits


def test_late_blocks_do_not_make_it_easier_than_genesis() -> None:
    assert next_bits(NETWORK, 10, on_schedule(10) + NETWORK.half_life, 0) == NETWORK.bits


def test_a_pause_counts_as_the_clamp_at_most() -> None:
    day = 24 * 60 * MINUTE
    before = on_schedule(1_000) - 20 * MINUTE
    assert next_chain_time(NETWORK, 1_000, before, 0, day) == before + NETWORK.clamp


def test_the_clock_is_a_half_life_late_at_most() -> None:
    late = on_schedule(10) + NETWORK.half_life
    assert next_chain_time(NETWORK, 10, late, 0, NETWORK.clamp) == on_schedule(11) + NETWORK.half_life


@given(st.lists(st.integers(1, 48 * 60 * MINUTE), max_size=60))
def test_whatever_the_timestamps_the_bits_stay_within_bounds(gaps: list[int]) -> None:
    timestamp, clock = 0, NETWORK.spacing
    for height, gap in enumerate(gaps):
        clock = next_chain_time(NETWORK, height, clock, timestamp, timestamp + gap)
        timestamp += gap
        assert clock <= on_schedule(height + 1) + NETWORK.half_life
        assert 1 <= target_of(next_bits(NETWORK, height + 1, clock, 0)) <= target_of(NETWORK.bits)
