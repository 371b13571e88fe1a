"""`p2pchain log`: the records of the chain, in order."""

import sys
from collections import Counter

import click

from p2pchain.cli.output import clean, counted, json_option, print_json, time_text
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.absences import Absence
from p2pchain.client.client import Client
from p2pchain.client.records import Record, read


@click.command("log", short_help="Print the records of the chain, in order.")
@click.option("--kind", help="Only those of one application.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, kind: str | None, as_json: bool) -> None:
    """Print the records of the chain, in order; in a pipe, their text alone, one a line.

    One whose content is not at the node is named so: forgotten by the operator, or withheld from all; in a pipe it is
    an empty line, and they are counted at the end.
    """
    people = sys.stdout.isatty()
    absent: Counter[Absence] = Counter()

    async def talk(client: Client) -> None:
        status = await get_status(client)
        async for record in read(client, status.network):
            if kind is not None and record.transaction.kind != kind:
                continue
            if record.absence is not None:
                absent[record.absence] += 1
            if as_json:
                print_json(_fields(record))
            elif people:
                click.echo(_line(record))
            else:
                click.echo(record.text)

    ask(ctx, talk)
    if absent and not (as_json or people):
        counts = ", ".join(f"{count:,} {why.value}" for why, count in absent.items())
        click.echo(f"{counted(absent.total(), 'record')} without content: {counts}", err=True)


def _line(record: Record) -> str:
    transaction = record.transaction
    text = clean(record.text) if record.absence is None else f"({record.absence.value})"
    when = time_text(transaction.timestamp)
    return f"{record.height:>7,}  {when}  {transaction.author.hex()[:8]}  {text}"


def _fields(record: Record) -> dict[str, object]:
    transaction = record.transaction
    return {
        "txid": transaction.txid,
        "height": record.height,
        "author": transaction.author,
        "timestamp": transaction.timestamp,
        "kind": transaction.kind,
        "data": transaction.head.data,
        "text": record.text,
        "here": transaction.content is not None,
        "absence": record.absence.value if record.absence is not None else None,
    }
