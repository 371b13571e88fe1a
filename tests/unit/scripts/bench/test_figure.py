"""Figures: what is compared with what, and where that has to be."""

import pytest

from bench.figure import HIGHER, LOWER, Figure, percentile


def test_a_ratio_is_that_of_the_runs_not_of_their_middles() -> None:
    figure = Figure(name="n", unit="u", values=(10, 40, 9), references=(10, 20, 3), better=HIGHER)
    assert (figure.median, figure.reference, figure.ratio) == (10, 10, 2)


@pytest.mark.parametrize(
    ("better", "value", "verdict"),
    [
        (HIGHER, 3.0, "goal"),
        (HIGHER, 2.9, "floor"),
        (HIGHER, 1.9, "below"),
        (LOWER, 1.0, "goal"),
        (LOWER, 2.1, "below"),
    ],
)
def test_bounds_hold_the_median_where_there_is_no_reference(better: str, value: float, verdict: str) -> None:
    floor, goal = (2, 3) if better == HIGHER else (2, 1)
    figure = Figure(name="n", unit="u", values=(value,), better=better, floor=floor, goal=goal)
    assert figure.verdict == verdict
    assert figure.ratio is None


def test_bounds_hold_the_ratio_where_there_is_one() -> None:
    figure = Figure(name="n", unit="u", values=(50,), references=(100,), better=HIGHER, floor=0.5, goal=0.7)
    assert figure.verdict == "floor"


def test_a_row_has_every_field_of_the_list() -> None:
    figure = Figure(name="n", unit="u", values=(3, 1, 2), better=LOWER)
    assert figure.row() == {
        "name": "n",
        "unit": "u",
        "runs": 3,
        "min": 1,
        "median": 2,
        "max": 3,
        "reference": None,
        "ratio": None,
        "better": LOWER,
        "floor": None,
        "goal": None,
    }


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 10), (95, 19), (100, 20)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: int) -> None:
    assert percentile(range(20, 0, -1), percent) == expected
