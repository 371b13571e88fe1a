"""The rules that headers keep: alone, on their parent, and at this moment."""

from dataclasses import dataclass

from p2pchain.chain.header import VERSION, Header
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_bits
from p2pchain.chain.rules.rule import Rule, Stage
from p2pchain.chain.target import MalformedBits, target_of
from p2pchain.errors import RuleError

FUTURE_MS = 60_000
TIMESTAMP_END = 2**63


@dataclass(frozen=True, slots=True)
class Parent:
    """What a header is checked against: its parent, and the retarget clock there, in ms."""

    header: Header
    chain_time: int


class WrongVersion(RuleError):
    """A header of another version."""

    code = "wrong_version"


class TimestampTooLarge(RuleError):
    """A header whose time is no time: 2^63 ms or more."""

    code = "timestamp_too_large"


class InsufficientWork(RuleError):
    """A header whose hash exceeds its target."""

    code = "insufficient_work"


class WrongParent(RuleError):
    """A header that names another parent."""

    code = "wrong_parent"


class WrongHeight(RuleError):
    """A header that is not one above its parent."""

    code = "wrong_height"


class WrongBits(RuleError):
    """A header whose target is not the one that the retarget rule gives."""

    code = "wrong_bits"


class TimestampNotRising(RuleError):
    """A header that is not later than its parent."""

    code = "timestamp_not_rising"


class FutureHeader(RuleError):
    """A header whose time has not come: the sender's clock may be wrong, or ours."""

    code = "future_header"
    ban_seconds = 0
    transient = True
    condemns = False


def check_version(header: Header) -> None:
    """Hold a header to the one version that there is."""
    if header.version != VERSION:
        raise WrongVersion(f"version {VERSION}", str(header.version))


def check_timestamp(header: Header) -> None:
    """Hold a header's time to what can be stored and added to."""
    if header.timestamp >= TIMESTAMP_END:
        raise TimestampTooLarge("a time below 2^63 ms", str(header.timestamp))


def check_bits(header: Header) -> None:
    """Hold the bits to the one encoding of a target."""
    target_of(header.bits)


def check_work(header: Header) -> None:
    """Hold a header to its own target."""
    if not header.meets_target():
        raise InsufficientWork(f"a hash of at most {header.target:064x}", header.hash.hex())


def check_parent(header: Header, parent: Parent, network: Network) -> None:
    """Hold a header to its parent's hash."""
    del network
    if header.previous_hash != parent.header.hash:
        raise WrongParent(parent.header.hash.hex(), header.previous_hash.hex())


def check_height(header: Header, parent: Parent, network: Network) -> None:
    """Hold the height to one above the parent's: after 2^32 - 1 no block can follow."""
    del network
    if header.height != parent.header.height + 1:
        raise WrongHeight(f"height {parent.header.height + 1}", str(header.height))


def check_retarget(header: Header, parent: Parent, network: Network) -> None:
    """Hold the bits to the network's retarget rule."""
    bits = next_bits(network, parent.header.height, parent.chain_time, parent.header.bits)
    if header.bits != bits:
        raise WrongBits(f"bits {bits:#010x}", f"{header.bits:#010x}")


def check_later(header: Header, parent: Parent, network: Network) -> None:
    """Hold the time above the parent's."""
    del network
    if header.timestamp <= parent.header.timestamp:
        raise TimestampNotRising(f"a time above {parent.header.timestamp}", str(header.timestamp))


def ahead_max_ms(network: Network) -> int:
    """Give how far ahead of a clock a header may be: a minute, or the clamp of the retarget clock, if that is less."""
    return FUTURE_MS if network.retarget == "none" else min(FUTURE_MS, network.clamp)


def check_due(header: Header, wall_ms: int, network: Network) -> None:
    """Hold the time to now, give or take what clocks may differ by."""
    ahead = ahead_max_ms(network)
    if header.timestamp > wall_ms + ahead:
        raise FutureHeader(f"a time of at most {wall_ms + ahead}", str(header.timestamp), "check both clocks")


ALONE = (
    Rule(Stage.HEADER_ALONE, WrongVersion, check_version),
    Rule(Stage.HEADER_ALONE, TimestampTooLarge, check_timestamp),
    Rule(Stage.HEADER_ALONE, MalformedBits, check_bits),
    Rule(Stage.HEADER_ALONE, InsufficientWork, check_work),
)
WITH_PARENT = (
    Rule(Stage.HEADER_WITH_PARENT, WrongParent, check_parent),
    Rule(Stage.HEADER_WITH_PARENT, WrongHeight, check_height),
    Rule(Stage.HEADER_WITH_PARENT, WrongBits, check_retarget),
    Rule(Stage.HEADER_WITH_PARENT, TimestampNotRising, check_later),
)
NOW = (Rule(Stage.HEADER_NOW, FutureHeader, check_due),)


def check_header_alone(header: Header) -> None:
    """Check what a header says of itself: version, time, well-formed bits, proof of work."""
    for rule in ALONE:
        rule.check(header)


def check_header_with_parent(header: Header, parent: Parent, network: Network) -> None:
    """Check a header against its parent."""
    for rule in WITH_PARENT:
        rule.check(header, parent, network)


def check_header_now(header: Header, wall_ms: int, network: Network) -> None:
    """Check that a header's time has come."""
    for rule in NOW:
        rule.check(header, wall_ms, network)
