"""`p2pchain network`: the rules of the network."""

import click

from p2pchain.chain.network import Network
from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.network import NetworkMessage


@click.group("network", short_help="Show the rules of the network.")
def command() -> None:
    """Show the rules of the network."""


@command.command("show")
@node_option
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Print the network's file, as other nodes need it."""

    async def talk(client: Client) -> str:
        return (await client.request(GetNetwork(), NetworkMessage)).toml

    toml = ask(ctx, talk)
    if not as_json:
        click.echo(toml, nl=False)
        return
    network = Network.parse(toml)
    print_json({"id": network.id, **network.values()})
