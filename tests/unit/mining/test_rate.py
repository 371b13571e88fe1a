"""The rate of the search, by a clock of the test's own."""

import pytest

from p2pchain.mining import rate as module
from p2pchain.mining.rate import HASHES, measure_rate


def test_it_is_that_of_the_fastest_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def search(header: bytes, _: int, hashes: int, target: int) -> int | None:
        assert len(header) == 92
        asked.append((hashes, target))
        return None

    monkeypatch.setattr(module, "search", search)
    ticks = iter((5.0, 5.5, 5.75, 6.5))
    assert measure_rate(lambda: next(ticks), 1.0) == 4 * HASHES
    assert asked == [(HASHES, 0)] * 3


def test_a_search_that_takes_longer_than_there_is_time_counts_by_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "search", lambda *_: None)
    ticks = iter((0.0, 8.0))
    assert measure_rate(lambda: next(ticks), 1.0) == HASHES // 8


def test_a_clock_that_stands_still_for_a_slice_makes_nothing_infinite() -> None:
    ticks = iter((0.0, 0.0, 1e9))
    assert measure_rate(lambda: next(ticks), 1e9) == 1
