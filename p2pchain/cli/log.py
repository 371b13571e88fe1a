"""`p2pchain log`: the records of the chain, in order."""

import sys

import click

from p2pchain.cli.output import clean, json_option, print_json, time_text
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.client.records import Record, read


@click.command("log", short_help="Print the records of the chain, in order.")
@click.option("--kind", help="Only those of one application.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, kind: str | None, as_json: bool) -> None:
    """Print the records of the chain, in order; in a pipe, their text alone, one a line."""
    people = sys.stdout.isatty()

    async def talk(client: Client) -> None:
        status = await get_status(client)
        async for record in read(client, status.network):
            if kind is not None and record.transaction.kind != kind:
                continue
            if as_json:
                print_json(_fields(record))
            elif people:
                author = record.transaction.author.hex()[:8]
                when = time_text(record.transaction.timestamp)
                click.echo(f"{record.height:>7,}  {when}  {author}  {clean(record.text)}")
            else:
                click.echo(record.text)

    ask(ctx, talk)


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
    }
