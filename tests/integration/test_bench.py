"""The benches measure what they say, on chains so small that the figures mean nothing."""

from pathlib import Path

import pytest

from bench import intake, sync
from bench.workplace import Scale, Workplace

SMALL = Scale(runs=1, records=300, blocks=3, records_per_block=20, indexed=1_000, empty_blocks=50)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path, SMALL)


@pytest.mark.slow
def test_intake_is_measured_beside_raw_checks_and_every_stall_is_noted(place: Workplace) -> None:
    figures = [*intake.over_one_connection(place), *intake.over_many_connections(place)]
    assert len({figure.name for figure in figures}) == 4
    assert all(figure.median > 0 and figure.ratio for figure in figures)
    assert set(place.stalls_ms) == {figure.name for figure in figures}
    assert all(0 < stall < 60_000 for stall in place.stalls_ms.values())


@pytest.mark.slow
def test_a_sync_is_measured_with_and_without_an_index_and_with_empty_blocks(place: Workplace) -> None:
    figures = [*sync.with_transactions(place), *sync.with_empty_blocks(place)]
    assert [figure.ratio is not None for figure in figures] == [True, True, False]
    assert all(figure.median > 0 for figure in figures)
    assert not [each for each in place.directory.iterdir() if each.is_dir()]
