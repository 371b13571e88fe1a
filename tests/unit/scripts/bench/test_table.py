"""Figures, written down."""

import json
from pathlib import Path

from bench.figure import HIGHER, Figure
from bench.table import number, table, write

FIGURES = (
    Figure(
        name="a", unit="tx/s", values=(12_345.6,), references=(10_000,), better=HIGHER, floor=0.6, goal=1.1
    ),
    Figure(name="long name", unit="ms", values=(0.123456,), better=HIGHER),
)


def test_columns_stand_below_their_heads() -> None:
    lines = table(FIGURES).splitlines()
    assert [line.split()[0] for line in lines] == ["figure", "a", "long"]
    assert lines[1].split() == ["a", *["12,346"] * 3, "tx/s", "1", "10,000", "1.23", "0.6", "1.1", "goal"]
    assert {line.index(word) for line, word in zip(lines, ("unit", "tx/s", "ms"), strict=True)} == {
        lines[0].index("unit")
    }


def test_programs_get_a_list(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write(path, FIGURES)
    assert json.loads(path.read_text()) == [figure.row() for figure in FIGURES]


def test_numbers_keep_three_digits() -> None:
    assert [number(each) for each in (None, 0.12345, 12.345, 1234.5)] == ["-", "0.123", "12.3", "1,234"]
