"""`p2pchain mine`: have one block mined."""

import click

from p2pchain.cli.output import fields_of, json_option, print_json
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client, NoAnswer
from p2pchain.errors import NodeError
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined


@click.command("mine", short_help="Have one block mined.")
@click.option(
    "--timeout", "timeout_s", default=300.0, show_default=True, help="How long to wait, in seconds."
)
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, timeout_s: float, as_json: bool) -> None:
    """Have what is pending mined into a block, and wait for it; with nothing pending, say so and exit with 1."""

    async def talk(client: Client) -> Mined:
        return await client.request(Mine(), Mined, timeout_s=timeout_s)

    try:
        mined = ask(ctx, talk)
    except NoAnswer as error:
        remedy = "the node goes on searching: wait longer with --timeout"
        raise NodeError(f"a block within {timeout_s:g} s", "none yet", remedy, "not_yet") from error
    if as_json:
        print_json(fields_of(mined))
    else:
        click.echo(f"{mined.height:,} {mined.hash.hex()}")
