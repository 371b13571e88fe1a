"""Blocks whose parent is not known: few, and at most one a connection."""

from p2pchain.node.limits import ORPHAN_BYTES_MAX, ORPHANS_MAX
from p2pchain.node.orphans import Orphan, Orphans


def test_a_block_is_given_out_once() -> None:
    orphans = Orphans()
    orphans.keep(b"a", b"block", 1)
    assert orphans.take(b"b") is None
    assert orphans.take(b"a") == Orphan(b"block", 1)
    assert orphans.take(b"a") is None


def test_a_connection_s_newer_block_takes_the_place_of_its_older_one() -> None:
    orphans = Orphans()
    orphans.keep(b"a", b"older", 1)
    orphans.keep(b"b", b"newer", 1)
    assert orphans.take(b"a") is None
    assert orphans.take(b"b") is not None


def test_the_newest_ones_are_kept_within_the_bounds() -> None:
    orphans = Orphans()
    for number in range(ORPHANS_MAX + 3):
        orphans.keep(bytes([number]), b"block", number)
    assert [orphans.take(bytes([number])) is not None for number in range(ORPHANS_MAX + 3)] == [False] * 3 + [
        True
    ] * ORPHANS_MAX
    half = bytes(ORPHAN_BYTES_MAX // 2 + 1)
    orphans.keep(b"a", half, 1)
    orphans.keep(b"b", half, 2)
    assert orphans.take(b"a") is None
    assert orphans.take(b"b") is not None


def test_what_a_connection_sent_goes_with_it() -> None:
    orphans = Orphans()
    orphans.keep(b"a", b"block", 1)
    orphans.keep(b"b", b"block", 2)
    orphans.drop_from(1)
    assert orphans.take(b"a") is None
    assert orphans.take(b"b") is not None
