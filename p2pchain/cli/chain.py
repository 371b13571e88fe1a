"""`p2pchain chain`: the blocks, newest last."""

import click

from p2pchain.chain.header import Header
from p2pchain.cli.output import json_option, print_json, print_table, time_text
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.errors import NodeError
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
    headers = ask(ctx, lambda client: newest_headers(client, limit))
    if as_json:
        for header in headers:
            print_json(header_fields(header))
        return
    rows = [[f"{header.height:,}", header.hash.hex(), time_text(header.timestamp)] for header in headers]
    print_table(["height", "hash", "time"], rows)


def header_fields(header: Header) -> dict[str, object]:
    """Give what a header says, by name."""
    return {
        "height": header.height,
        "hash": header.hash,
        "previous_hash": header.previous_hash,
        "merkle_root": header.merkle_root,
        "timestamp": header.timestamp,
        "bits": header.bits,
        "nonce": header.nonce,
    }


async def newest_headers(client: Client, limit: int) -> list[Header]:
    """Ask for the newest headers of the chain, lowest first, without that of genesis.

    Raises:
        NodeError: the node does not answer, or its chain was reorganised meanwhile.
    """
    height = (await get_status(client)).height
    headers: list[Header] = []
    start = max(1, height + 1 - limit)
    while start <= height:
        asked = GetChain(locator=(), what="headers", limit=min(SLICE, height + 1 - start), start=start)
        found = [Header.decode(item) for item in (await client.request(asked, Chain)).items]
        if not found or (headers and found[0].previous_hash != headers[-1].hash):
            there = f"a reorganisation at height {start - 1}"
            raise NodeError("one chain from beginning to end", there, "read again", code="reorganised")
        headers.extend(found)
        start += len(found)
    return headers
