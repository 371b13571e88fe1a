"""`p2pchain block`: one block, in words, and the records in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import click

from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.cli.chain import header_fields
from p2pchain.cli.hashes import parse_hash
from p2pchain.cli.network import get_network
from p2pchain.cli.output import clean, counted, json_option, print_json, print_pairs, print_table, time_text
from p2pchain.cli.status import get_status
from p2pchain.cli.target import ask, node_option
from p2pchain.client.absences import Absence, absences
from p2pchain.client.client import Client
from p2pchain.errors import NodeError
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain

HEIGHT_DIGITS = 10
TIP = "tip"
NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Found:
    """A header, its block (genesis has none), and how many blocks stand on it, if it is in the chain.

    `absences` say why contents are not there, by txid.
    """

    header: Header
    block: Block | None
    depth: int | None
    absences: Mapping[bytes, Absence] = field(default_factory=dict)

    def absence(self, record: Transaction) -> str | None:
        """Say why a record's content is not there; None where it is."""
        return self.absences[record.txid].value if record.content is None else None


@click.command("block", short_help="Show a block and its records.")
@click.argument("which", metavar="HEIGHT|HASH|tip")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, which: str, as_json: bool) -> None:
    """Show the block of a height or a hash, or the newest one (tip), and its records; 1 if it is not found.

    By its hash, a block that lost against another one is shown too, while the node keeps it.
    """
    height, block_hash = None, b""
    if which.isascii() and which.isdigit() and len(which) <= HEIGHT_DIGITS:
        height = int(which)
    elif which != TIP:
        block_hash = parse_hash(which, "a height, `tip`, or a hash", "`p2pchain chain` shows them")

    async def talk(client: Client) -> Found:
        network = await get_network(client)
        if block_hash:
            found = await _by_hash(client, network, block_hash)
        else:
            found = await _by_height(client, network, height)
        return await _with_absences(client, found)

    found = ask(ctx, talk)
    if as_json:
        print_json(_fields(found))
        return
    print_pairs(_pairs(found))
    if found.block is not None and found.block.transactions:
        click.echo()
        print_table(["txid", "kind", "author", "size", "content"], _rows(found, found.block))


async def _by_height(client: Client, network: Network, height: int | None) -> Found:
    """Find a connected block by its height, or the newest."""
    if height is None:
        height = (await get_status(client)).height
    answer = await client.request(GetChain(locator=(), what="blocks", limit=1, start=height), Chain)
    depth = answer.height - height
    if height == 0:
        return Found(network.genesis, None, depth)
    if not answer.items:
        raise _missing(f"the chain has {counted(answer.height, 'block')}")
    block = Block.decode(answer.items[0], network.id)
    return Found(block.header, block, depth)


async def _by_hash(client: Client, network: Network, block_hash: bytes) -> Found:
    """Find a block by its hash, connected or not."""
    if block_hash == network.genesis.hash:
        return await _by_height(client, network, 0)
    answer = await client.request(GetBlocks(hashes=(block_hash,)), BlockMessage)
    if answer.block is None:
        raise _missing(f"the node has no block {block_hash.hex()}")
    block = Block.decode(answer.block, network.id)
    at = await client.request(GetChain(locator=(), what="headers", limit=1, start=block.height), Chain)
    connected = at.items == (block.header.encode(),)
    return Found(block.header, block, at.height - block.height if connected else None)


async def _with_absences(client: Client, found: Found) -> Found:
    """Ask why contents are not there; of a block that is not in the chain, nobody knows yet whether any is withheld."""
    if found.block is None:
        return found
    absent = await absences(client, found.block.transactions)
    if found.depth is None:
        absent = {txid: Absence.UNSAID if why is Absence.WITHHELD else why for txid, why in absent.items()}
    return replace(found, absences=absent)


def _missing(why: str) -> NodeError:
    return NodeError(f"not found: {why}", "", "`p2pchain chain` shows the newest", code="unknown_block")


def _pairs(found: Found) -> list[tuple[str, object]]:
    header, block = found.header, found.block
    state = (
        "not in the chain" if found.depth is None else f"in the chain, {counted(found.depth, 'block')} on top"
    )
    pairs: list[tuple[str, object]] = [
        ("height", f"{header.height:,}"),
        ("hash", header.hash.hex()),
        ("state", state),
        ("previous", header.previous_hash.hex()),
        ("time", time_text(header.timestamp)),
        ("bits", f"{header.bits:#010x}, {header.work:,} hashes on average"),
        ("nonce", header.nonce),
        ("merkle root", header.merkle_root.hex()),
    ]
    if block is None:
        return [*pairs, ("records", "none: it is where the network begins, and its root is the network's id")]
    coinbase = block.coinbase
    return [
        *pairs,
        ("history root", coinbase.history_root.hex()),
        ("work below", f"{coinbase.chain_work:,} hashes"),
        ("miner", coinbase.miner.hex() if coinbase.miner != NOBODY else "nobody named"),
        ("extra", coinbase.extra.hex() or "none"),
        ("size", f"{block.size:,} bytes"),
        ("records", f"{len(block.transactions):,}"),
    ]


def _rows(found: Found, block: Block) -> list[list[str]]:
    return [
        [
            each.txid.hex(),
            clean(each.kind),
            each.author.hex()[:8],
            f"{each.size:,}",
            found.absence(each) or "here",
        ]
        for each in block.transactions
    ]


def _fields(found: Found) -> dict[str, object]:
    block = found.block
    fields = header_fields(found.header) | {"depth": found.depth}
    if block is None:
        return fields
    coinbase = block.coinbase
    records = [
        {"txid": each.txid, "kind": each.kind, "author": each.author, "timestamp": each.timestamp, "size": each.size,
         "here": each.content is not None, "absence": found.absence(each)}
        for each in block.transactions
    ]  # fmt: skip
    return fields | {
        "history_root": coinbase.history_root,
        "chain_work": coinbase.chain_work,
        "miner": coinbase.miner,
        "extra": coinbase.extra,
        "size": block.size,
        "records": records,
    }
