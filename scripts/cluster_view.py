"""How the local cluster is shown: a table that is redrawn on a terminal, a line for each change elsewhere."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

RIGHT = {"height", "peers", "pending", "rate"}  # columns of numbers


@dataclass(frozen=True, slots=True)
class Row:
    """One node in words. The fields are the table's columns."""

    node: str
    address: str
    height: str = "-"
    tip: str = "-"
    peers: str = "-"
    pending: str = "-"
    mining: str = "-"
    rate: str = field(default="-", compare=False)  # it never rests, and is no news
    state: str = ""


class View(Protocol):
    """Where rows are shown: redrawn in place, or line by line."""

    def show(self, rows: Sequence[Row]) -> None:
        """Show what the nodes are like now."""


class TableView:
    """A table that is redrawn in place."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, rows: Sequence[Row]) -> None:
        """Redraw the table."""
        table = Table(box=None, pad_edge=False)
        for column in fields(Row):
            table.add_column(
                column.name,
                justify="right" if column.name in RIGHT else "left",
                no_wrap=column.name != "state",
            )
        for row in rows:
            table.add_row(
                *(Text(value) for value in astuple(row))
            )  # as it is: a log line may look like markup
        self._live.update(table, refresh=True)


class LineView:
    """A line for each node that has changed, for logs and pipes. A hash rate alone is no news."""

    def __init__(self) -> None:
        self._shown: dict[str, Row] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Print the rows that are new."""
        for row in rows:
            if self._shown.get(row.node) != row:
                self._shown[row.node] = row
                print(line(row), flush=True)


def line(row: Row) -> str:
    """One row as a line of text that can be searched."""
    if row.height == "-":
        return f"node {row.node}  {row.address}  {row.state}"
    values = (
        f"height {row.height}  tip {row.tip}  peers {row.peers}  pending {row.pending}  mining {row.mining}"
    )
    return f"node {row.node}  {row.address}  {values}  {row.state}"


@contextlib.contextmanager
def open_view() -> Iterator[View]:
    """Choose the view that fits where the output goes."""
    if not sys.stdout.isatty():
        yield LineView()
        return
    with Live(console=Console(), auto_refresh=False) as live:
        yield TableView(live)
