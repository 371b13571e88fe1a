"""Rows are shown as they are: redrawn on a terminal, as news elsewhere."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from rich.live import Live

from cluster_view import LineView, Row, TableView, line, open_view

STARTING = Row("1", "127.0.0.1:4343", state="starting")
RUNNING = Row("1", "127.0.0.1:4343", "12", "00ab", "2", "3", "auto", "98 kH/s", "running")


def test_a_row_as_a_line_of_text() -> None:
    assert line(STARTING) == "node 1  127.0.0.1:4343  starting"
    assert (
        line(RUNNING)
        == "node 1  127.0.0.1:4343  height 12  tip 00ab  peers 2  pending 3  mining auto  running"
    )


def test_a_line_is_printed_for_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    view, other = LineView(), replace(RUNNING, node="2")
    view.show([STARTING, other])
    view.show([RUNNING, other])
    assert capsys.readouterr().out.splitlines() == [line(STARTING), line(other), line(RUNNING)]


def test_a_hash_rate_alone_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    view = LineView()
    view.show([RUNNING])
    view.show([replace(RUNNING, rate="99 kH/s")])
    assert capsys.readouterr().out.splitlines() == [line(RUNNING)]


def test_the_table_shows_each_value_as_it_is() -> None:
    output = StringIO()
    with Live(console=Console(file=output, width=120), auto_refresh=False) as live:
        TableView(live).show([RUNNING, replace(STARTING, node="2", state="ended: [red]no[/red]")])
    text = output.getvalue()
    assert all(
        value in text for value in ("height", "127.0.0.1:4343", "00ab", "98 kH/s", "ended: [red]no[/red]")
    )


def test_a_pipe_gets_lines() -> None:
    with open_view() as view:
        assert isinstance(view, LineView)
