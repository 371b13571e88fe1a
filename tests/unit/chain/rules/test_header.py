"""Each rule of headers takes what keeps it and refuses what breaks it, and nothing else does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from p2pchain.chain.header import Header
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.retarget import next_bits
from p2pchain.chain.rules import header as rules
from p2pchain.chain.rules.header import Parent
from p2pchain.chain.target import MalformedBits
from p2pchain.errors import RuleError

EASY = 0x207FFFFF
NETWORK = replace(LOCAL, bits=EASY)
ASERT = replace(NETWORK, retarget="asert", spacing=10_000, half_life=600_000, clamp=20_000)


def mined(header: Header) -> Header:
    """Find a nonce: every second one does."""
    while not header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return header


def unmined(header: Header) -> Header:
    while header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return header


PARENT = Parent(mined(replace(NETWORK.genesis, height=6, timestamp=1_000)), 0)
GOOD = mined(Header(7, PARENT.header.hash, bytes(32), 1_001, EASY, 0))


def test_a_good_header_is_taken() -> None:
    rules.check_header_alone(GOOD)
    rules.check_header_with_parent(GOOD, PARENT, NETWORK)
    rules.check_header_now(GOOD, GOOD.timestamp, NETWORK)


ALONE = (
    (rules.WrongVersion, rules.check_version, mined(replace(GOOD, version=0))),
    (rules.WrongVersion, rules.check_version, mined(replace(GOOD, version=2))),
    (rules.TimestampTooLarge, rules.check_timestamp, mined(replace(GOOD, timestamp=2**63))),
    (rules.TimestampTooLarge, rules.check_timestamp, mined(replace(GOOD, timestamp=2**64 - 1))),
    (MalformedBits, rules.check_bits, replace(GOOD, bits=0)),
    (MalformedBits, rules.check_bits, replace(GOOD, bits=0xFF7FFFFF)),
    (rules.InsufficientWork, rules.check_work, unmined(GOOD)),
    (rules.InsufficientWork, rules.check_work, replace(GOOD, bits=0x1D00FFFF)),
)
WITH_PARENT = (
    (rules.WrongParent, rules.check_parent, replace(GOOD, previous_hash=bytes(32))),
    (rules.WrongHeight, rules.check_height, replace(GOOD, height=6)),
    (rules.WrongHeight, rules.check_height, replace(GOOD, height=8)),
    (rules.WrongBits, rules.check_retarget, replace(GOOD, bits=0x207FFFFE)),
    (rules.TimestampNotRising, rules.check_later, replace(GOOD, timestamp=1_000)),
    (rules.TimestampNotRising, rules.check_later, replace(GOOD, timestamp=0)),
)


@pytest.mark.parametrize(("error", "check", "header"), ALONE)
def test_what_a_header_says_of_itself(
    error: type[RuleError], check: Callable[[Header], None], header: Header
) -> None:
    check(GOOD)
    for refuse in (check, rules.check_header_alone):
        with pytest.raises(error) as caught:
            refuse(header)
        assert caught.value.condemns


@pytest.mark.parametrize(("error", "check", "header"), WITH_PARENT)
def test_what_a_header_is_to_its_parent(
    error: type[RuleError], check: Callable[[Header, Parent, Network], None], header: Header
) -> None:
    check(GOOD, PARENT, NETWORK)
    for refuse in (check, rules.check_header_with_parent):
        with pytest.raises(error) as caught:
            refuse(header, PARENT, NETWORK)
        assert caught.value.condemns


def test_the_largest_time_is_a_time() -> None:
    rules.check_header_alone(mined(replace(GOOD, timestamp=2**63 - 1)))


def test_a_hash_equal_to_the_target_is_enough() -> None:
    exact = replace(GOOD)
    object.__setattr__(exact, "hash", exact.target.to_bytes(32, "big"))
    rules.check_work(exact)
    object.__setattr__(exact, "hash", (exact.target + 1).to_bytes(32, "big"))
    with pytest.raises(rules.InsufficientWork):
        rules.check_work(exact)


def test_nothing_follows_the_last_height() -> None:
    last = Parent(replace(PARENT.header, height=2**32 - 1), 0)
    for height in (0, 2**32 - 1):
        with pytest.raises(rules.WrongHeight, match="4294967296"):
            rules.check_height(replace(GOOD, height=height), last, NETWORK)


def test_the_bits_follow_the_retarget_clock() -> None:
    early = Parent(replace(PARENT.header, height=1_000), 1_001 * ASERT.spacing - ASERT.half_life)
    bits = next_bits(ASERT, 1_000, early.chain_time, EASY)
    assert bits != EASY
    rules.check_retarget(replace(GOOD, bits=bits), early, ASERT)
    with pytest.raises(rules.WrongBits, match=f"{bits:#010x}"):
        rules.check_retarget(GOOD, early, ASERT)


@pytest.mark.parametrize(("network", "ahead"), [(NETWORK, 60_000), (ASERT, 20_000)])
def test_a_header_may_be_a_little_ahead(network: Network, ahead: int) -> None:
    rules.check_header_now(GOOD, GOOD.timestamp - ahead, network)
    with pytest.raises(rules.FutureHeader) as caught:
        rules.check_header_now(GOOD, GOOD.timestamp - ahead - 1, network)
    assert caught.value.transient
    assert not caught.value.condemns
    assert caught.value.ban_seconds == 0
