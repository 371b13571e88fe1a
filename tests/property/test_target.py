"""For any target: less target is never less work, and ASERT never turns the wrong way."""

from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.retarget import UNIT, aserti3
from p2pchain.chain.target import SPACE, compact, target_of, work_of

EASIEST = 0x1D00FFFF
targets = st.integers(0, 255).flatmap(lambda bits: st.integers(2**bits, 2 ** (bits + 1) - 1))
exponents = st.integers(-400 * UNIT, 20 * UNIT)


@given(targets, targets)
def test_compact_keeps_the_order(some: int, other: int) -> None:
    low, high = sorted((some, other))
    assert target_of(compact(low)) <= target_of(compact(high))


@given(targets, targets)
def test_a_smaller_target_is_at_least_as_much_work(some: int, other: int) -> None:
    low, high = sorted((some, other))
    assert work_of(low) >= work_of(high) >= 1


@given(targets)
def test_work_is_how_often_a_target_fits_into_all_hashes(target: int) -> None:
    work = work_of(target)
    assert work * (target + 1) <= SPACE < (work + 1) * (target + 1)


@given(exponents, exponents)
def test_later_blocks_never_make_the_target_harder(some: int, other: int) -> None:
    early, late = sorted((some, other))
    easiest = target_of(EASIEST)
    assert (
        target_of(aserti3(EASIEST, early, easiest)) <= target_of(aserti3(EASIEST, late, easiest)) <= easiest
    )


@given(st.integers(-150, -1))
def test_a_half_life_is_a_halving(half_lives: int) -> None:
    target = target_of(aserti3(EASIEST, half_lives * UNIT, target_of(EASIEST)))
    assert target == target_of(compact(target_of(EASIEST) >> -half_lives))
