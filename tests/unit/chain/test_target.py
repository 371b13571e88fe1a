"""A target has exactly one compact form, and what is no target's form is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.target import SPACE, MalformedBits, compact, target_of, work_of

# Bitcoin's own examples (arith_uint256's tests), those with one form only.
KNOWN = (
    (0x01120000, 0x12),
    (0x02123400, 0x1234),
    (0x03123456, 0x123456),
    (0x04123456, 0x12345600),
    (0x05009234, 0x92340000),
    (0x20123456, 0x123456 << 8 * 29),
    (0x1D00FFFF, 0xFFFF << 8 * 26),
    (0x207FFFFF, 0x7FFFFF << 8 * 29),
    (0x2100FFFF, 0xFFFF << 8 * 30),
)
REFUSED = {
    "nothing": 0,
    "zero": 0x05000000,
    "negative": 0x04923456,
    "negative zero": 0x01800000,
    "below one": 0x01003456,
    "cut off": 0x01123456,
    "cut off at two bytes": 0x02123456,
    "a longer form": 0x04001234,
    "a zero byte in front": 0x21007FFF,
    "2^256": 0x21010000,
    "far over 2^256": 0xFF123456,
}
targets = st.integers(0, 256).flatmap(lambda size: st.integers(1, max(1, 2**size - 1)))


@pytest.mark.parametrize(("bits", "target"), KNOWN)
def test_known_forms(bits: int, target: int) -> None:
    assert target_of(bits) == target
    assert compact(target) == bits


@pytest.mark.parametrize("bits", REFUSED.values(), ids=REFUSED)
def test_what_no_target_has_is_refused(bits: int) -> None:
    with pytest.raises(MalformedBits, match=f"{bits:#010x}"):
        target_of(bits)


@given(targets)
def test_compact_rounds_down_to_a_form_that_is_read_back(target: int) -> None:
    bits = compact(target)
    held = target_of(bits)
    assert held <= target < held + held // 2**15 + 1
    assert compact(held) == bits


@given(st.integers(0, 2**32 - 1))
def test_two_forms_never_share_a_target(bits: int) -> None:
    try:
        target = target_of(bits)
    except MalformedBits:
        return
    assert 0 < target < SPACE
    assert compact(target) == bits


@pytest.mark.parametrize(
    ("target", "work"), [(SPACE - 1, 1), (SPACE // 2 - 1, 2), (1, SPACE // 2), (0xFFFF << 208, 0x100010001)]
)
def test_work_is_the_number_of_hashes_expected(target: int, work: int) -> None:
    assert work_of(target) == work
