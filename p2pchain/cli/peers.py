"""`p2pchain peers`: who is connected, and who should be or must not."""

import click

from p2pchain.cli.output import clean, json_option, print_json, print_table, time_text
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.allow import Allow
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.deny import Deny
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.get_connections import GetConnections

COLUMNS = ("address", "direction", "state", "agent", "height", "since", "ping_ms", "bytes_in", "bytes_out")


@click.group("peers", invoke_without_command=True, short_help="List, add and cut off peers.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the connections to peers."""
    if ctx.invoked_subcommand is not None:
        return

    async def talk(client: Client) -> Connections:
        return await client.request(GetConnections(), Connections)

    rows = ask(ctx, talk).connections
    if as_json:
        for row in rows:
            print_json(dict(zip(COLUMNS, row, strict=True)))
        return
    heads = ["address", "direction", "state", "height", "since", "ping", "in", "out", "agent"]
    print_table(heads, [_cells(*row) for row in rows])


def _cells(
    address: str,
    direction: str,
    state: str,
    agent: str,
    height: int,
    since: int,
    ping_ms: int,
    bytes_in: int,
    bytes_out: int,
) -> list[str]:
    ping = f"{ping_ms} ms"
    numbers = [f"{height:,}", time_text(since), ping, f"{bytes_in:,}", f"{bytes_out:,}"]
    return [address, direction, state, *numbers, clean(agent)]


@command.command("add")
@click.argument("address", metavar="HOST:PORT")
@node_option
@json_option
@click.pass_context
def add(ctx: click.Context, address: str, as_json: bool) -> None:
    """Dial a peer from now on, until the node stops."""
    _do(ctx, AddPeer(address=address), as_json)


@command.command("deny")
@click.argument("address", metavar="ADDRESS")
@node_option
@json_option
@click.pass_context
def deny(ctx: click.Context, address: str, as_json: bool) -> None:
    """Cut an IP address off, in both directions, until `allow` or the node's stop."""
    _do(ctx, Deny(address=address), as_json)


@command.command("allow")
@click.argument("address", metavar="ADDRESS")
@node_option
@json_option
@click.pass_context
def allow(ctx: click.Context, address: str, as_json: bool) -> None:
    """Let an IP address in again."""
    _do(ctx, Allow(address=address), as_json)


def _do(ctx: click.Context, message: Message, as_json: bool) -> None:
    async def talk(client: Client) -> Done:
        return await client.request(message, Done)

    ask(ctx, talk)
    if as_json:
        print_json({"done": message.NAME})
