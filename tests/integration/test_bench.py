"""The benches measure what they say, on chains so small that the figures mean nothing."""

from pathlib import Path

import pytest

from bench import bad_sources, committed, intake, relay, search, simulated, start, sync
from bench.workplace import Scale, Workplace

SMALL = Scale(
    runs=1,
    records=300,
    blocks=3,
    records_per_block=20,
    indexed=1_000,
    empty_blocks=50,
    long_chain=600,
    short_chain=300,
    relayed_blocks=1,
    cluster_records=400,
    simulated_nodes=6,
    simulated_records=60,
)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path, SMALL)


@pytest.mark.slow
def test_nonces_are_searched_in_each_way_that_there_is_here(place: Workplace) -> None:
    figures = list(search.nonces(place))
    assert figures[-1].name == "nonce search, Python"
    assert all(figure.median > 0 for figure in figures)
    assert all((figure.floor is not None) == bool(figure.references) for figure in figures)


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
    assert [figure.ratio is not None for figure in figures] == [True, False, True, False]
    assert all(figure.median > 0 for figure in figures)
    assert not [each for each in place.directory.iterdir() if each.is_dir()]


@pytest.mark.slow
def test_a_sync_from_bad_peers_is_measured_beside_one_from_a_good_one(place: Workplace) -> None:
    (figure,) = bad_sources.sync_from_bad_sources(place)
    assert figure.ratio is not None
    assert figure.ratio > 0
    assert set(place.stalls_ms) == {"sync from one", "sync from four"}


@pytest.mark.slow
def test_relay_and_what_lies_on_disk_are_measured(place: Workplace) -> None:
    median, tail, disk = relay.relay(place)
    assert 0 <= median.median <= tail.median < 10_000
    assert 1 < disk.median < 10


@pytest.mark.slow
def test_four_nodes_have_everything_in_one_chain(place: Workplace) -> None:
    figure, checks = committed.committed(place)
    assert figure.median > 0
    assert checks.median == committed.NODES * figure.median
    assert checks.ratio is not None
    assert set(place.stalls_ms) == {figure.name}


@pytest.mark.slow
def test_starts_are_compared(place: Workplace) -> None:
    seconds, mebibytes, more_seconds, more_mebibytes = start.start(place)
    assert 0 < seconds.median < 60
    assert 5 < mebibytes.median < 500
    assert abs(more_seconds.median) < 60
    assert abs(more_mebibytes.median) < 100


@pytest.mark.slow
def test_what_simulated_nodes_send_is_weighed_against_what_they_have(place: Workplace) -> None:
    (figure,) = simulated.simulated(place)
    assert 0.8 < figure.median < 20
    assert list(simulated.simulated(place)) == [figure]
