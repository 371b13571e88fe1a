"""What commands print: JSON for programs, a table for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

from p2pchain.wire.messages import Message

# The year 10000: no calendar of Python's goes further, and times of records do.
CALENDAR_END_MS = 253_402_300_800_000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: object) -> None:
    """Print one JSON value on a line, bytes in hex."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def fields_of(message: Message) -> dict[str, object]:
    """Give a message's fields by name."""
    return dict(message.values())


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, aligned."""
    rows = [(name, str(value)) for name, value in pairs]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under heads: drawn on a terminal, separated by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(
            head, overflow="fold"
        )  # what is cut off can neither be read nor handed to another command
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def time_text(wall_ms: int) -> str:
    """Give a time as people write it, in UTC; one beyond the calendar, as a stranger may sign it, in ms."""
    if wall_ms >= CALENDAR_END_MS:
        return f"{wall_ms:,} ms"
    return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def counted(count: int, noun: str) -> str:
    """Give a number with its noun, in the plural but for one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clean(text: str) -> str:
    """Make a stranger's text fit for a terminal: control characters could move the cursor, or worse."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)
