"""`p2pchain chain`: the blocks, newest last."""

import click

from p2pchain.chain.header import Header
from p2pchain.cli.output import json_option, print_json, print_table, time_text
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain

SLICE = 2_000


@click.command("chain", short_help="List blocks.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many, the newest."
)
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List blocks, newest last."""
    headers = ask(ctx, _headers)[-limit:]
    if as_json:
        for header in headers:
            print_json(
                {
                    "height": header.height,
                    "hash": header.hash,
                    "previous_hash": header.previous_hash,
                    "merkle_root": header.merkle_root,
                    "timestamp": header.timestamp,
                    "bits": header.bits,
                    "nonce": header.nonce,
                }
            )
        return
    rows = [[f"{header.height:,}", header.hash.hex(), time_text(header.timestamp)] for header in headers]
    print_table(["height", "hash", "time"], rows)


async def _headers(client: Client) -> list[Header]:
    status = await get_status(client)
    headers: list[Header] = []
    locator: tuple[bytes, ...] = ()
    while len(headers) < status.height:
        answer = await client.request(GetChain(locator=locator, what="headers", limit=SLICE), Chain)
        if not answer.items:
            break
        del headers[answer.start - 1 :]
        headers.extend(Header.decode(item) for item in answer.items)
        locator = (headers[-1].hash,)
    return headers
