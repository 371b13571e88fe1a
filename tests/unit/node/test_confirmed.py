"""What went into the chain lately is remembered for a while."""

import pytest

from p2pchain.node import confirmed as module
from p2pchain.node.confirmed import Confirmed

TXIDS = [number.to_bytes(32, "big") for number in range(12)]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONFIRMED_REMEMBERED", 8)


def remembered(confirmed: Confirmed) -> list[int]:
    return [number for number, txid in enumerate(TXIDS) if txid in confirmed]


def test_the_last_are_remembered_and_the_oldest_go() -> None:
    confirmed = Confirmed()
    assert remembered(confirmed) == []
    confirmed.add(TXIDS[:3])
    assert remembered(confirmed) == [0, 1, 2]
    confirmed.add(TXIDS[3:5])
    assert remembered(confirmed) == [0, 1, 2, 3, 4]
    confirmed.add(TXIDS[5:9])
    assert (remembered(confirmed), len(confirmed)) == ([3, 4, 5, 6, 7, 8], 6)


def test_of_a_block_that_is_larger_than_that_the_last_are_remembered() -> None:
    confirmed = Confirmed()
    confirmed.add(TXIDS)
    assert remembered(confirmed) == [8, 9, 10, 11]
