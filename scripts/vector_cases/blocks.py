"""What blocks have to keep: alone, on the headers below them, and on what the chain below them holds."""

from collections.abc import Callable
from dataclasses import replace

from p2pchain.chain.block import Block, Coinbase
from p2pchain.chain.history import EMPTY
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import Head, Transaction
from vector_cases.ladder import ASERT, Ladder, named
from vector_cases.signing import sign_otherwise

OTHER_BODIES: dict[str, Callable[[Block], Block]] = {
    "another miner in the coinbase": lambda block: _coinbase(block, replace(block.coinbase, miner=bytes(32))),
    "a free byte more in the coinbase": lambda block: _coinbase(block, replace(block.coinbase, extra=b"x")),
    "two heads in the other order": lambda block: _with(block, (1, 0, 2)),
    "the last head missing": lambda block: _with(block, (0, 1)),
    "the last head twice, as in a tree that doubles it": lambda block: _with(block, (0, 1, 2, 2)),
    "the last head replaced by the one before": lambda block: _with(block, (0, 1, 1)),
    "none of its heads": lambda block: _with(block, ()),
}


def block_files() -> dict[str, dict[str, object]]:
    """Give the files of the rules of blocks."""
    alone, ancestors = named("blocks"), named("blocks_in_chain", ASERT)
    _merkle_root(alone)
    _size(alone)
    _repetition(alone)
    _records(alone)
    _history(ancestors)
    _work(ancestors)
    _duplicates(ancestors)
    return {
        "blocks": alone.file("Blocks alone, and the transactions in them."),
        "blocks_in_chain": ancestors.file("Blocks on the headers below them and on what their chain holds."),
    }


def twin_of(record: Transaction, ladder: Ladder) -> Transaction:
    """Give the same transaction under another signature of its author's, as valid as the first."""
    signature = sign_otherwise(ladder.author, record.txid)
    return Transaction.from_parts(signature + record.head.body, record.content, ladder.network.id)


def _merkle_root(ladder: Ladder) -> None:
    rule = "wrong_merkle_root"
    ladder.accept_block(rule, "no transaction: the root is the coinbase's leaf hash")
    for count in (1, 2, 3, 5):
        records = [ladder.record() for _ in range(count)]
        ladder.accept_block(rule, f"the root over coinbase and {count} heads", ladder.block(records))
    for about, change in OTHER_BODIES.items():
        honest = ladder.block([ladder.record() for _ in range(3)])
        ladder.reject_block(rule, about, change(honest), honest)
    honest = ladder.block([ladder.record() for _ in range(3)])
    ladder.reject_block(rule, "a head under another valid signature", _resigned(honest, ladder), honest)


def _coinbase(block: Block, coinbase: Coinbase) -> Block:
    return Block(block.header, coinbase, block.transactions)


def _with(block: Block, places: tuple[int, ...]) -> Block:
    return Block(block.header, block.coinbase, tuple(block.transactions[place] for place in places))


def _resigned(block: Block, ladder: Ladder) -> Block:
    first, *rest = block.transactions
    return Block(block.header, block.coinbase, (twin_of(first, ladder), *rest))


def _size(ladder: Ladder) -> None:
    limit, most = ladder.network.max_block_bytes, ladder.network.max_transaction_bytes
    room = limit - 92 - 96 - 3 * most
    full = [*(ladder.record(most) for _ in range(3)), ladder.record(room)]
    over = [*full[:3], ladder.record(room + 1)]
    honest = ladder.block(full)
    ladder.reject_block(
        "block_too_large", f"{limit + 1} bytes where {limit} are the most", ladder.block(over), honest
    )
    full = [*(ladder.record(most) for _ in range(3)), ladder.record(room - 32)]
    long = ladder.block(full, ladder.coinbase(extra=bytes(32)))
    ladder.accept_block("block_too_large", f"{limit} bytes exactly, with the longest coinbase", long)
    full = [*(ladder.record(most) for _ in range(3)), ladder.record(room)]
    honest = ladder.block(full)
    bare = ladder.block(full, ladder.coinbase(extra=b"x"))
    empty = bare.with_contents(dict.fromkeys(range(4)))
    ladder.reject_block(
        "block_too_large", "one byte over, all contents missing: they count as if there", empty, honest
    )


def _repetition(ladder: Ladder) -> None:
    rule = "repeated_transaction"
    first, second = ladder.record(), ladder.record()
    honest = ladder.block([first, second])
    ladder.reject_block(rule, "one transaction twice", ladder.block([first, second, first]), honest)
    first, second = ladder.record(), ladder.record()
    twice = ladder.block([first, twin_of(first, ladder)])
    ladder.reject_block(rule, "one txid under two valid signatures", twice, ladder.block([first, second]))
    same = [ladder.record(payload=b"twice", salt=bytes(16)) for _ in range(2)]
    ladder.accept_block(rule, "one content in two transactions", ladder.block(same))


def _records(ladder: Ladder) -> None:
    """Try what is wrong with a transaction inside a block; `rules of transactions` has the edges."""
    honest = ladder.block([ladder.record(), ladder.record()])
    for about, content in (
        ("another content", b"x" * 22),
        ("a longer content", b"x" * 23),
        ("an empty content", b""),
    ):
        ladder.reject_block(
            "content_mismatch", f"{about} under the same header", honest.with_contents({1: content}), honest
        )
        honest = ladder.block([ladder.record(), ladder.record()])
    ladder.accept_block("content_mismatch", "a block without its contents", honest, bare=True)
    good, other = ladder.record(), SigningKey(bytes(32))
    forged = Transaction(Head.decode(other.sign(good.txid) + good.head.body), good.content, good.txid)
    ladder.reject_block(
        "invalid_signature", "signed by somebody else", ladder.block([forged]), ladder.block([good])
    )
    large = ladder.record(ladder.network.max_transaction_bytes + 1)
    ladder.reject_block("transaction_too_large", "one byte over, in a block", ladder.block([large]))
    ladder.reject_block(
        "insufficient_stamp", "too little work, in a block", ladder.block([weak_record(ladder)])
    )


def weak_record(ladder: Ladder) -> Transaction:
    """Sign a record whose stamp is a little below the least."""
    while True:
        record = ladder.record(min_work=1)
        if record.work == ladder.network.min_stamp_work - 1:
            return record


def _history(ladder: Ladder) -> None:
    rule = "wrong_history_root"
    for count in range(1, 6):
        ladder.accept_block(rule, f"the root over {count} block hashes")
    for about, root in (
        ("zeroes", bytes(32)),
        ("the root over nothing", EMPTY.root()),
        ("the root without the parent", ladder.chain[-1].coinbase.history_root),
        ("the parent's hash", ladder.tip.hash),
    ):
        ladder.reject_block(
            rule, f"{about} in place of the root", ladder.block((), ladder.coinbase(history_root=root))
        )
    own = ladder.frontier.append(ladder.block().hash).root()
    ladder.reject_block(
        rule, "a root over one block more", ladder.block((), ladder.coinbase(history_root=own))
    )


def _work(ladder: Ladder) -> None:
    rule = "wrong_chain_work"
    ladder.accept_block(rule, "the work of all blocks below, that of the genesis block included")
    for about, change in (
        ("one more", 1),
        ("one less", -1),
        ("that of this block too", ladder.block().header.work),
        ("without the genesis block", -ladder.network.genesis.work),
    ):
        coinbase = ladder.coinbase(chain_work=ladder.work + change)
        ladder.reject_block(rule, f"the work is {about}", ladder.block((), coinbase))
    for about, work in (("none", 0), ("the most that can be written", 2**256 - 1)):
        ladder.reject_block(rule, f"the work is {about}", ladder.block((), ladder.coinbase(chain_work=work)))


def _duplicates(ladder: Ladder) -> None:
    rule = "duplicate_transaction"
    old, new = ladder.record(), ladder.record()
    ladder.accept_block(rule, "transactions that are new to the chain", ladder.block([old]))
    ladder.reject_block(rule, "one that the parent holds", ladder.block([old, new]), ladder.block([new]))
    ladder.accept_block(rule, "no transaction at all")
    new = ladder.record()
    twin = twin_of(old, ladder)
    ladder.reject_block(
        rule, "an old one under another valid signature", ladder.block([new, twin]), ladder.block([new])
    )
    again = Transaction.from_parts(old.head.raw, None, ladder.network.id)
    ladder.reject_block(rule, "an old one without its content", ladder.block([again]))
