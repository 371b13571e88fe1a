"""`p2pchain peers`: who is connected, and who should be or must not."""

import click

from p2pchain.cli.duration import Duration
from p2pchain.cli.output import clean, json_option, print_json, print_table, time_text
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.errors import UsageError
from p2pchain.node.events import Address
from p2pchain.node.hosts import is_host
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.bans import BansMessage
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.get_bans import GetBans
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.remove_peer import RemovePeer
from p2pchain.wire.messages.unban import UnbanHost

COLUMNS = ("address", "direction", "state", "agent", "height", "since", "ping_ms", "bytes_in", "bytes_out")


@click.group("peers", invoke_without_command=True, short_help="List, add and cut off peers.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the connections to peers, then who is kept out; or change them."""
    if ctx.invoked_subcommand is None:
        _list(ctx, as_json)


@command.command("list")
@node_option
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the connections to peers, whom of those added by hand it cannot reach, and who is kept out and how long.

    A peer's height is what it last said itself: who has a block from here does not say so.
    """
    _list(ctx, as_json)


@command.command("add")
@click.argument("address", metavar="HOST:PORT")
@node_option
@json_option
@click.pass_context
def add(ctx: click.Context, address: str, as_json: bool) -> None:
    """Dial a peer from now on, for ever; the node remembers it when it is started again."""
    _do(ctx, AddPeer(address=str(Address.parse(address))), as_json)


@command.command("remove")
@click.argument("address", metavar="HOST:PORT")
@node_option
@json_option
@click.pass_context
def remove(ctx: click.Context, address: str, as_json: bool) -> None:
    """Dial a peer no more, and drop its connection; it may still dial this node.

    The node remembers this when it is started again, unless its command line names the peer.
    """
    _do(ctx, RemovePeer(address=str(Address.parse(address))), as_json)


@command.command("ban")
@click.argument("host", metavar="HOST")
@click.option(
    "--for", "seconds", type=Duration(), default="1d", show_default=True, help="How long: 90s, 15m, 1h, 7d."
)
@node_option
@json_option
@click.pass_context
def ban(ctx: click.Context, host: str, seconds: int, as_json: bool) -> None:
    """Cut an IP address off for a time, in both directions, whoever is there; a restart does not end it."""
    _do(ctx, BanHost(host=_ip_address(host), seconds=seconds), as_json)


@command.command("unban")
@click.argument("host", metavar="HOST")
@node_option
@json_option
@click.pass_context
def unban(ctx: click.Context, host: str, as_json: bool) -> None:
    """Let an IP address in again, whether it was banned by hand or for a fault."""
    _do(ctx, UnbanHost(host=_ip_address(host)), as_json)


def _list(ctx: click.Context, as_json: bool) -> None:
    async def talk(client: Client) -> tuple[Connections, BansMessage]:
        connections = await client.request(GetConnections(), Connections)
        return connections, await client.request(GetBans(), BansMessage)

    connections, bans = ask(ctx, talk)
    if as_json:
        for row in connections.connections:
            print_json(dict(zip(COLUMNS, row, strict=True)))
        for address, why in connections.waiting:
            print_json({"waiting": address, "why": why})
        for host, until, code in bans.bans:
            print_json({"banned": host, "until": until, "code": code})
        return
    heads = ["address", "direction", "state", "height", "since", "ping", "in", "out", "agent"]
    print_table(heads, [_cells(*row) for row in connections.connections])
    for address, why in connections.waiting:
        click.echo(f"{clean(address)}\twaiting, dialled again and again: {clean(why)}")
    if bans.bans:
        click.echo()
        rows = [[clean(host), f"until {time_text(until)}", clean(code)] for host, until, code in bans.bans]
        print_table(["banned", "", "why"], rows)
    if bans.discouraged:
        click.echo(f"\n{bans.discouraged:,} discouraged: let in while there is room, and not dialled")


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


def _ip_address(host: str) -> str:
    if not is_host(host):
        raise UsageError("an IP address", host, "give for example 192.0.2.1, without a port")
    return host


def _do(ctx: click.Context, message: Message, as_json: bool) -> None:
    async def talk(client: Client) -> Done:
        return await client.request(message, Done)

    ask(ctx, talk)
    if as_json:
        print_json({"done": message.NAME})
