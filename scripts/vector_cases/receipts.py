"""Receipts: records of one chain proven to later headers of it, and each way in which one proves nothing."""

from dataclasses import replace

from p2pchain.chain.block import Block, Parts
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.proof import inclusion_path
from p2pchain.chain.receipt import Receipt
from p2pchain.chain.transaction import Head
from p2pchain.errors import P2PChainError
from p2pchain.wire.message import encode
from p2pchain.wire.receipts import message_of
from vector_cases.ladder import Ladder, named, unmined

# Records in each block above genesis.
SIZES = (1, 4, 0, 7, 1, 0, 2)
OTHER = bytes(31) + b"\x01"


def receipts() -> dict[str, object]:
    """Give the network, its chain's headers and the cases."""
    ladder = named("receipts")
    for size in SIZES:
        ladder.grow(ladder.block([ladder.record() for _ in range(size)]))
    network = {name: value for name, value in ladder.network.values().items() if name != "search_rate"}
    return {"network": network, "cases": [*_true(ladder), *_false(ladder)]}


def _true(ladder: Ladder) -> list[dict[str, object]]:
    """Prove each record of each block to its own header, to the next one, and to the last."""
    found: list[dict[str, object]] = []
    for block in ladder.chain:
        for index in range(1, len(block.transactions) + 1):
            for height in sorted({block.height, block.height + 1, len(SIZES)} & {*range(1, len(SIZES) + 1)}):
                about = f"record {index} of block {block.height}, to block {height}"
                found.append(_case(ladder, about, _receipt(ladder, block, index, height)))
    return found


def _false(ladder: Ladder) -> list[dict[str, object]]:
    """Give what looks like the receipt of a record in block 4, and is none."""
    honest = _receipt(ladder, ladder.chain[3], 3, 7)
    block, later = honest.block, honest.later or honest.block
    unsigned = Head.decode(bytes(64) + honest.record.body)
    richer = replace(later, coinbase=replace(later.coinbase, chain_work=later.coinbase.chain_work * 2))
    idle = replace(later, header=unmined(later.header))
    false = {
        "the head of another record": replace(honest, record=ladder.chain[1].transactions[0].head),
        "another signature": replace(honest, record=unsigned),
        "another index": replace(honest, index=4),
        "an index above the path's end": replace(honest, index=11),
        "a path that is too short": replace(honest, path=honest.path[:-1]),
        "a path that is too long": replace(honest, path=(*honest.path, OTHER)),
        "another hash in the path": replace(honest, path=(OTHER, *honest.path[1:])),
        "the coinbase of another block": replace(honest, block=replace(block, coinbase=later.coinbase)),
        "a later coinbase that claims twice the work": replace(honest, later=richer),
        "a later path that is too long": replace(honest, later=replace(later, path=(OTHER,))),
        "another hash in the history": replace(honest, history_path=(OTHER, *honest.history_path[1:])),
        "no history": replace(honest, history_path=()),
        "the header below the one that is trusted": _receipt(ladder, ladder.chain[3], 3, 6),
    }
    cases = [
        _case(ladder, about, receipt, honest.head.hash, ladder.chain[3].transactions[2].txid)
        for about, receipt in false.items()
    ]
    return [*cases, _case(ladder, "a header without its work", replace(honest, later=idle))]


def _receipt(ladder: Ladder, block: Block, index: int, height: int) -> Receipt:
    parts = Parts.decode(block.encode())
    if height == block.height:
        return Receipt.of(parts, index, None, ())
    later = ladder.chain[height - 1]
    below = [ladder.network.genesis.hash, *(each.hash for each in ladder.chain[: height - 1])]
    path = inclusion_path([leaf_hash(each) for each in below], block.height)
    return Receipt.of(parts, index, Parts.decode(later.encode()), path)


def _case(
    ladder: Ladder, about: str, receipt: Receipt, head: bytes | None = None, txid: bytes | None = None
) -> dict[str, object]:
    """Write a case, with what it shows or the error's name; head and record are the receipt's own if none is given."""
    block = ladder.chain[receipt.block.header.height - 1]
    txid, head = txid or block.transactions[receipt.index - 1].txid, head or receipt.head.hash
    case: dict[str, object] = {
        "about": about,
        "txid": txid.hex(),
        "head": head.hex(),
        "proof": encode(message_of(receipt))[4:].hex(),
    }
    try:
        proven = receipt.verify(ladder.network, txid, head)
    except P2PChainError as error:
        return case | {"error": error.code, "gives": None}
    gives = {
        "height": proven.block.height,
        "position": proven.position,
        "depth": proven.depth,
        "work": proven.work,
    }
    return case | {"error": None, "gives": gives}
