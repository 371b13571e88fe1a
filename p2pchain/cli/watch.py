"""`p2pchain watch`: what happens at a node, as it happens."""

import click
import msgpack

from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.wire.messages.event import EventMessage


@click.command("watch", short_help="Follow what happens at a node.")
@click.option(
    "--since", type=click.IntRange(0), help="The number of the last event seen; by default, the newest."
)
@click.option("--count", type=click.IntRange(1), help="Stop after so many.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, since: int | None, count: int | None, as_json: bool) -> None:
    """Follow the numbered events of a node: records accepted or evicted, blocks connected or undone.

    Every event has a number, kept on the node's disk: who goes on with --since misses none and sees none twice.
    """

    async def talk(client: Client) -> None:
        start = (await get_status(client)).last_event if since is None else since
        left = count
        async for event in client.subscribe(start):
            if as_json:
                print_json({"number": event.number, "kind": event.kind, **msgpack.unpackb(event.data)})
            else:
                click.echo(f"{event.number:>7,}  {event.kind:<9}  {_text(event)}")
            left = None if left is None else left - 1
            if left == 0:
                return

    ask(ctx, talk)


def _text(event: EventMessage) -> str:
    data = msgpack.unpackb(event.data)
    if event.kind in ("connected", "undone"):
        return f"block {data['height']:,} {data['hash'].hex()}"
    if event.kind == "evicted":
        return f"{data['txid'].hex()}: {data['reason']}"
    return " ".join(txid.hex() for txid in data["txids"])
