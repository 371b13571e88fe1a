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
    """List the records that wait for a block, in the order in which they came."""
    transactions = ask(ctx, pending_records)
    if as_json:
        for each in transactions:
            print_json({"txid": each.txid, "author": each.author, "timestamp": each.timestamp, "kind": each.kind,
                        "text": text_of(each)})  # fmt: skip
        return
    rows = [
        [each.txid.hex()[:16], each.author.hex()[:8], each.kind, clean(text_of(each))[:60]]
        for each in transactions
    ]
    print_table(["txid", "author", "kind", "text"], rows)


async def pending_records(client: Client) -> list[Transaction]:
    """Ask for all that is pending, in order."""
    status = await get_status(client)
    found: list[Transaction] = []
    while True:
        after = found[-1].txid if found else None
        answer = await client.request(GetPending(after=after, limit=SLICE), PendingMessage)
        found.extend(Transaction.decode(encoded, status.network) for encoded in answer.transactions)
        if not answer.transactions or len(found) >= answer.total:
            return found
