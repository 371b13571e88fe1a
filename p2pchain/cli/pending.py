"""`p2pchain pending`: the records that wait for a block."""

import click

from p2pchain.chain.transaction import Transaction
from p2pchain.cli.output import clean, json_option, print_json, print_table
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.client.records import text_of
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.pending import PendingMessage

SLICE = 1_000


@click.command("pending", short_help="List the records that wait for a block.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the records that wait for a block, in the order in which they came.

    Those that wait on disk, for want of room in memory, are counted on standard error.
    """
    transactions, on_disk = ask(ctx, _look)
    if on_disk:
        waits = "record waits" if on_disk == 1 else "records wait"
        click.echo(f"{on_disk:,} more {waits} on disk, until there is room in memory: not listed", err=True)
    if as_json:
        for each in transactions:
            print_json({"txid": each.txid, "author": each.author, "timestamp": each.timestamp, "kind": each.kind,
                        "text": text_of(each)})  # fmt: skip
        return
    rows = [
        [each.txid.hex(), each.author.hex()[:8], each.kind, clean(text_of(each))[:60]]
        for each in transactions
    ]
    print_table(["txid", "author", "kind", "text"], rows)


async def _look(client: Client) -> tuple[list[Transaction], int]:
    """Ask for what is listed, and how many are pending beside it."""
    return await pending_records(client), (await get_status(client)).pending_on_disk


async def pending_records(client: Client) -> list[Transaction]:
    """Ask for all that is pending in memory, in order: what waits on disk is not told.

    Meanwhile a block may take what was told already: how many there are says nothing of what is left to ask for, and
    behind a record that is gone the node tells of all anew.
    """
    status = await get_status(client)
    found: dict[bytes, Transaction] = {}
    after = None
    while True:
        answer = await client.request(GetPending(after=after, limit=SLICE), PendingMessage)
        if not answer.transactions:
            return list(found.values())
        for encoded in answer.transactions:
            transaction = Transaction.decode(encoded, status.network)
            after = transaction.txid
            found[after] = transaction
