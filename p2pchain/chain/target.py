"""Targets of proof of work in Bitcoin's compact form: one byte of size, three of mantissa."""

from functools import lru_cache

from p2pchain.errors import RuleError

MANTISSA_BITS = 23
SPACE = 2**256
TARGETS_REMEMBERED = 1024


class MalformedBits(RuleError):
    """Compact bits that no target has: negative, zero, too large, or not the shortest form."""

    code = "malformed_bits"


@lru_cache(TARGETS_REMEMBERED)
def target_of(bits: int) -> int:
    """Give the target that compact bits stand for.

    Raises:
        MalformedBits: they are not the one encoding of a target from 1 to 2^256 - 1.
    """
    size, mantissa = bits >> 24, bits & 0xFFFFFF
    target = mantissa << 8 * (size - 3) if size >= 3 else mantissa >> 8 * (3 - size)
    if mantissa >> MANTISSA_BITS or not 0 < target < SPACE or compact(target) != bits:
        raise MalformedBits("the compact form of a target between 1 and 2^256 - 1", f"{bits:#010x}")
    return target


def compact(target: int) -> int:
    """Give the compact form of a target, rounded down to what it can hold."""
    size = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (size - 3) if size >= 3 else target << 8 * (3 - size)
    if mantissa >> MANTISSA_BITS:
        mantissa >>= 8
        size += 1
    return size << 24 | mantissa


def work_of(target: int) -> int:
    """Give the number of hashes that it takes on average to meet a target."""
    return SPACE // (target + 1)
