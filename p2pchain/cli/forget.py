"""`p2pchain forget`: erase the contents of records at a node."""

import click

from p2pchain.cli.hashes import parse_txid
from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.forget import Forget


@click.command("forget", short_help="Erase the contents of records at a node.")
@click.argument("txids", metavar="TXID...", nargs=-1, required=True)
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, txids: tuple[str, ...], as_json: bool) -> None:
    """Erase the contents of records at a node, for good, whether they are in its chain, pending, or not there yet.

    The chain stays whole and verifiable, for it commits to contents by their hashes. This node will not fetch them
    again, nor serve them. What other nodes keep is theirs to decide.
    """
    asked = Forget(txids=tuple(parse_txid(text) for text in txids))

    async def talk(client: Client) -> Done:
        return await client.request(asked, Done)

    ask(ctx, talk)
    if as_json:
        print_json({"forgotten": list(txids)})
    else:
        click.echo(f"forgotten: {len(txids)}")
