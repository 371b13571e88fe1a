"""`p2pchain network`: the rules of a network."""

from pathlib import Path

import click

from p2pchain.chain.network import Network
from p2pchain.cli.network_new import new
from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.daemon.files import read_network
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.network import NetworkMessage


@click.group("network", short_help="Make and show the rules of a network.")
def command() -> None:
    """Make and show the rules of a network."""


command.add_command(new)


@command.command("show")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@node_option
@json_option
@click.pass_context
def show(ctx: click.Context, file: Path | None, as_json: bool) -> None:
    """Print a network's file, as other nodes need it: a node's, or, without asking any, the one in FILE.

    The id stands above it, as a remark. Nodes whose networks have one id have the same rules.
    """
    network = read_network(file) if file is not None else ask(ctx, get_network)
    if as_json:
        print_json({"id": network.id, **network.values()})
    else:
        click.echo(f"# id {network.id.hex()}\n{network.to_toml()}", nl=False)


async def get_network(client: Client) -> Network:
    """Ask for the rules of a node's network."""
    return Network.parse((await client.request(GetNetwork(), NetworkMessage)).toml)
