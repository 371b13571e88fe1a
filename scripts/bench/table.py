"""Writes figures down: a table for people, and a list for programs."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.figure import Figure

HEADS = ("figure", "median", "min", "max", "unit", "runs", "reference", "ratio", "floor", "goal", "verdict")


def table(figures: Sequence[Figure]) -> str:
    """Give the figures in lines; names to the left, numbers to the right."""
    rows = [HEADS, *(_cells(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Keep the figures as a list of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([figure.row() for figure in figures], indent=1) + "\n")


def number(value: float | None) -> str:
    """Give a number with about three digits that count; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _cells(figure: Figure) -> tuple[str, ...]:
    spread = map(number, (figure.median, min(figure.values), max(figure.values)))
    bounds = map(number, (figure.reference, figure.ratio, figure.floor, figure.goal))
    return (figure.name, *spread, figure.unit, str(len(figure.values)), *bounds, figure.verdict)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if HEADS[place] not in ("figure", "unit", "verdict") else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
