"""What a node keeps of its peers is made of values."""

import dataclasses

import pytest

from p2pchain.node.events import Address
from p2pchain.node.remembered import Ban, KnownAddress


def test_what_is_kept_cannot_change() -> None:
    known = KnownAddress(Address("192.0.2.1", 1), "192.0", 5)
    assert known.met_ms == 0
    assert known == KnownAddress(Address("192.0.2.1", 1), "192.0", 5, 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.seen_ms = 1  # type: ignore[misc]  # it is what must fail


def test_a_ban_says_whom_until_when_and_why() -> None:
    assert Ban("192.0.2.1", 5, "operator") != Ban("192.0.2.1", 5, "unasked")
