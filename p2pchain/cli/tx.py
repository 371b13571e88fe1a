"""`p2pchain tx`: where a record stands, proven, and what it says."""

from dataclasses import dataclass

import click

from p2pchain.chain.header import Header
from p2pchain.chain.receipt import Proven
from p2pchain.chain.rules import check_transaction_unsigned
from p2pchain.chain.transaction import Transaction
from p2pchain.cli.hashes import parse_txid
from p2pchain.cli.network import get_network
from p2pchain.cli.output import counted, json_option, print_json, print_pairs, time_text
from p2pchain.cli.pending import pending_records
from p2pchain.cli.target import ask, node_option
from p2pchain.client.absences import Absence, absence
from p2pchain.client.client import Client
from p2pchain.client.proofs import prove
from p2pchain.client.records import text_of
from p2pchain.errors import NodeError
from p2pchain.node.events import Unproven
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_contents import GetContents

IDLE = "bits never change here: idle time adds no work, and history rests on who is let in"
ABSENT = {
    Absence.FORGOTTEN: "the operator had this node erase it",
    Absence.WITHHELD: "nobody had it for this node until work had buried its block",
    Absence.UNSAID: "the node does not say why",
}
Pairs = list[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Found:
    """A record, where it stands (`proven` under `head`, if it is in the chain), and why its content is not there."""

    record: Transaction
    proven: Proven | None = None
    head: Header | None = None
    absence: Absence | None = None


@click.command("tx", short_help="Show where a record stands, and prove it.")
@click.argument("txid", metavar="TXID")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, txid: str, as_json: bool) -> None:
    """Show where the record TXID stands, what was built on it, and what it says; 1 if it is not found.

    The way from the record to the node's newest block is checked here: only for that block, the node is believed.
    """
    asked = parse_txid(txid)
    found = ask(ctx, lambda client: _find(client, asked))
    if as_json:
        print_json({**_fields(found), **_place_fields(found)})
    else:
        print_pairs([*_place(found), *_pairs(found)])


async def _find(client: Client, txid: bytes) -> Found:
    network = await get_network(client)
    try:
        receipt, proven = await prove(client, network, txid)
    except NodeError as error:
        if error.reason != Unproven.PENDING.value:
            raise
        waiting = [record for record in await pending_records(client) if record.txid == txid]
        if not waiting:
            raise  # it has just gone into a block, or waits outside the mempool
        return Found(waiting[0])
    answer = await client.request(GetContents(txids=(txid,)), Contents)
    record = proven.record._replace(content=answer.contents[0])
    check_transaction_unsigned(record, network)
    return Found(record, proven, receipt.head, absence(answer, 0) if record.content is None else None)


def _place(found: Found) -> Pairs:
    """Say where it stands."""
    proven, head = found.proven, found.head
    if proven is None or head is None:
        return [("state", "pending: it waits for a block")]
    pairs: Pairs = [
        ("state", f"in block {proven.block.height:,}, record {proven.position:,}"),
        ("block", f"{proven.block.hash.hex()}, {time_text(proven.block.timestamp)}"),
        ("on top", f"{counted(proven.depth, 'block')}, {proven.work:,} hashes of work"),
        ("proven", f"up to block {head.height:,} {head.hash.hex()}, the node's newest"),
    ]
    return pairs if proven.idle_adds_work else [*pairs, ("note", IDLE)]


def _pairs(found: Found) -> Pairs:
    """Say what it is."""
    record = found.record
    return [
        ("author", record.author.hex()),
        ("kind", record.kind),
        ("signed", time_text(record.timestamp)),
        ("size", f"{record.size:,} bytes"),
        ("stamp", f"{record.work:,} hashes of work"),
        ("data", record.head.data.hex() or "none"),
        ("payload", _payload(found)),
    ]


def _payload(found: Found) -> str:
    """Give the payload as text, on one line, where it is text; else in hexadecimal, or why it is not there."""
    record = found.record
    if record.payload is None:
        why = found.absence or Absence.UNSAID
        return f"{why.value}: {ABSENT[why]}"
    line = " ".join(text_of(record).splitlines())
    is_text = line.isprintable() and "\N{REPLACEMENT CHARACTER}" not in line
    return line if is_text else record.payload.hex()


def _place_fields(found: Found) -> dict[str, object]:
    proven, head = found.proven, found.head
    if proven is None or head is None:
        return {"state": "pending"}
    return {
        "state": "chain",
        "height": proven.block.height,
        "block": proven.block.hash,
        "block_time": proven.block.timestamp,
        "position": proven.position,
        "depth": proven.depth,
        "work": proven.work,
        "head_height": head.height,
        "head": head.hash,
        "idle_adds_work": proven.idle_adds_work,
    }


def _fields(found: Found) -> dict[str, object]:
    record = found.record
    return {
        "txid": record.txid,
        "author": record.author,
        "timestamp": record.timestamp,
        "kind": record.kind,
        "size": record.size,
        "data": record.head.data,
        "payload": record.payload,
        "text": text_of(record),
        "here": record.content is not None,
        "absence": found.absence.value if found.absence is not None else None,
    }
