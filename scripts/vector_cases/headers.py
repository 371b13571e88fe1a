"""What headers have to keep: alone, on their parent, and at this moment."""

from dataclasses import replace

from p2pchain.chain.rules import FUTURE_MS
from vector_cases.ladder import ASERT, STEP_MS, Ladder, mined, named, unmined

CENTURY_MS = 4_102_444_800_000  # 2100-01-01: no clock is there yet


def header_files() -> dict[str, dict[str, object]]:
    """Give the files of the rules of headers."""
    return {
        "headers": _headers().file(
            "Headers alone, on their parent and at a moment, where bits never change."
        ),
        "headers_asert": _asert().file("Headers where the bits follow the hash rate."),
    }


def _headers() -> Ladder:
    ladder = named("headers")
    _alone(ladder)
    _bits(ladder)
    _on_parent(ladder)
    _at_a_moment(ladder, FUTURE_MS)
    return ladder


def _alone(ladder: Ladder) -> None:
    ladder.accept_header("wrong_version", "version 1 is the one that there is")
    for version in (0, 2, 2**32 - 1):
        ladder.reject_header(
            "wrong_version", f"version {version} is none", mined(ladder.header(version=version))
        )
    for time in (2**63, 2**64 - 1):
        ladder.reject_header(
            "timestamp_too_large", f"{time:#x} is no time", mined(ladder.header(timestamp=time))
        )
    ladder.accept_header("timestamp_too_large", "a time below 2^63 is one")
    _add_largest_time(ladder)
    ladder.accept_header("insufficient_work", "the hash is at most the target")
    ladder.reject_header("insufficient_work", "the hash exceeds the target", unmined(ladder.header()))
    harder = replace(ladder.header(), bits=0x1D00FFFF)
    ladder.reject_header("insufficient_work", "the target that the header names itself counts", harder)


def _add_largest_time(ladder: Ladder) -> None:
    """Try the last time that there is, at a moment when it has come."""
    last = 2**63 - 1
    ladder.header_at(
        None, "the largest time, 2^63 - 1, when it has come", mined(ladder.header(timestamp=last)), last
    )


def _bits(ladder: Ladder) -> None:
    ladder.accept_header("malformed_bits", "the largest mantissa, which is positive")
    for bits, why in (
        (0, "no target"),
        (0x01000000, "a target of zero with a size"),
        (0x20800000, "a negative mantissa"),
        (0x217FFFFF, "a target above 2^256"),
        (0x20007FFF, "not the shortest form: a zero byte leads"),
        (0x02010001, "a mantissa of which a byte is shifted out"),
        (0xFF7FFFFF, "a size beyond all targets"),
    ):
        ladder.reject_header("malformed_bits", f"{bits:#010x} is {why}", ladder.header(bits=bits))


def _on_parent(ladder: Ladder) -> None:
    ladder.accept_header("wrong_parent", "the parent is named by its hash")
    for parent, why in ((bytes(32), "zeroes"), (ladder.tip.previous_hash, "the parent's parent")):
        ladder.reject_header(
            "wrong_parent", f"{why} in place of the parent", mined(ladder.header(previous_hash=parent))
        )
    ladder.accept_header("wrong_height", "one above the parent")
    for step, why in ((0, "the parent's height"), (2, "two above the parent"), (-1, "one below the parent")):
        height = ladder.tip.height + step
        ladder.reject_header("wrong_height", why, mined(ladder.header(height=height)))
    ladder.accept_header("wrong_bits", "the bits of the genesis block, for ever")
    for bits, why in ((0x207FFFFE, "a little harder"), (0x2000FFFF, "harder"), (0x21008000, "2^255, easier")):
        ladder.reject_header("wrong_bits", f"{bits:#010x} is {why}", mined(ladder.header(bits=bits)))
    soon = ladder.tip.timestamp + 1
    ladder.accept_header("timestamp_not_rising", "a millisecond later", ladder.block(timestamp=soon))
    for step, why in ((0, "the parent's time"), (-1, "a millisecond before the parent")):
        time = ladder.tip.timestamp + step
        ladder.reject_header("timestamp_not_rising", why, mined(ladder.header(timestamp=time)))


def _at_a_moment(ladder: Ladder, ahead: int) -> None:
    header = mined(ladder.header(timestamp=CENTURY_MS))
    ladder.header_at(None, f"{ahead} ms ahead of the clock", header, CENTURY_MS - ahead)
    ladder.header_at("future_header", f"{ahead + 1} ms ahead of it", header, CENTURY_MS - ahead - 1)
    ladder.grow(ladder.block())
    ladder.accept_header("future_header", "a second after its parent, by a clock that says the same")


def _asert() -> Ladder:
    ladder = named("headers_asert", ASERT)
    easiest = ladder.network.bits
    ladder.accept_header("wrong_bits", "the first block has the genesis block's bits")
    for _ in range(3):
        ladder.reject_header(
            "wrong_bits", "the genesis block's bits, too easy by now", mined(ladder.header(bits=easiest))
        )
    exact = ladder.header().bits
    ladder.reject_header("wrong_bits", "one more than the rule gives", mined(ladder.header(bits=exact + 1)))
    exact = ladder.header().bits
    ladder.reject_header("wrong_bits", "one less than the rule gives", mined(ladder.header(bits=exact - 1)))
    clamp = ladder.network.clamp
    for pause, why in ((clamp, "as long as the clamp"), (clamp + 1, "longer"), (24 * 3_600_000, "of a day")):
        late = ladder.block(timestamp=ladder.tip.timestamp + pause)
        ladder.accept_header("wrong_bits", f"before a pause {why}", late)
        ladder.accept_header("wrong_bits", f"after a pause {why}, which counts as one of {clamp} ms at most")
    _ease(ladder)
    _at_a_moment(ladder, clamp)
    return ladder


def _ease(ladder: Ladder) -> None:
    """Let blocks come late until the bits are those of the genesis block again, and no easier."""
    late = STEP_MS * 15
    while ladder.header().bits != ladder.network.bits:
        ladder.grow(ladder.block(timestamp=ladder.tip.timestamp + late))
    ladder.grow(ladder.block(timestamp=ladder.tip.timestamp + ladder.network.clamp))
    ladder.accept_header("wrong_bits", "behind the schedule, yet never easier than the genesis block")
    ladder.reject_header(
        "wrong_bits", "harder than the easiest, though blocks are late", mined(ladder.header(bits=0x207FFFFE))
    )
