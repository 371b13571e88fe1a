"""`p2pchain watch`: what happens at a node, as it happens."""

import asyncio
import random
import secrets
from contextlib import aclosing

import click
import msgpack

from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option, socket_path
from p2pchain.client.follow import PAUSE_MIN_S, follow, wait
from p2pchain.errors import NodeError
from p2pchain.wire.fields import UINT_MAX
from p2pchain.wire.messages.event import EventMessage

SEED_SIZE = 16


@click.command("watch", short_help="Follow what happens at a node.")
@click.option(
    "--since",
    type=click.IntRange(0, UINT_MAX),
    help="The number of the last event seen; by default, the newest.",
)
@click.option("--count", type=click.IntRange(1), help="Stop after so many.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, since: int | None, count: int | None, as_json: bool) -> None:
    """Follow the numbered events of a node: records accepted or evicted, blocks connected or undone.

    Every event has a number, kept on the node's disk: who goes on with --since misses none and sees none twice. A node
    that is stopped or killed meanwhile is waited for.
    """
    status = ask(ctx, get_status)

    start = status.last_event if since is None else since

    async def watch() -> None:
        events = follow(socket_path(ctx.find_root().obj), start, _chance(), _wait)
        async with aclosing(events):
            left = count
            async for event in events:
                _show(event, as_json)
                left = None if left is None else left - 1
                if left == 0:
                    return

    asyncio.run(watch())


def _chance() -> random.Random:
    return random.Random(secrets.token_bytes(SEED_SIZE))  # noqa: S311  # spreads load; guards no secret


async def _wait(pause_s: float, error: NodeError) -> None:
    """Say once, at the first pause, what is waited for."""
    if pause_s <= PAUSE_MIN_S:
        click.echo(f"waiting for the node to come back ({error.expected})", err=True)
    await wait(pause_s, error)


def _show(event: EventMessage, as_json: bool) -> None:
    if as_json:
        print_json({"number": event.number, "kind": event.kind, **msgpack.unpackb(event.data)})
    else:
        for text in _texts(event):
            click.echo(f"{event.number:>7,}  {event.kind:<9}  {text}")


def _texts(event: EventMessage) -> list[str]:
    """Tell of an event in lines, one for each record of those that were accepted together."""
    data = msgpack.unpackb(event.data)
    if event.kind in ("connected", "undone"):
        return [f"block {data['height']:,} {data['hash'].hex()}"]
    if event.kind == "evicted":
        return [f"{data['txid'].hex()}: {data['reason']}"]
    return [txid.hex() for txid in data["txids"]]
