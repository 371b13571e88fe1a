"""What has to agree in a file beside the chain: pages, side branches, what is pending, index, history tree."""

from collections.abc import Iterator
from typing import cast

import apsw

from p2pchain.chain import rules
from p2pchain.chain.block import Block
from p2pchain.chain.history import KEPT_LEVEL_MIN
from p2pchain.chain.merkle import node_hash
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import RuleError
from p2pchain.store import bodies, index, subtrees
from p2pchain.store.faults import ContradictionFound


def check_pages(connection: apsw.Connection) -> None:
    """See that SQLite finds its pages, indexes and the types of all values in order.

    Raises:
        ContradictionFound: it does not; with the first thing that it names.
    """
    found = connection.pragma("integrity_check", 1)
    if found != "ok":
        raise ContradictionFound(" ".join(str(found).split()))


def check_side_branches(connection: apsw.Connection, network: Network) -> None:
    """Check the blocks that stand in no chain, each by the rules for a block alone, as one that comes from a peer.

    Raises:
        ContradictionFound: one is not what its hash says, or breaks a rule.
        PeerError: its bytes are no block's.
    """
    for block_hash in list(bodies.unconnected(connection)):
        stored, encoded = bodies.header(connection, block_hash), bodies.load(connection, block_hash)
        if stored is None or encoded is None or stored.header.hash != block_hash or stored.connected:
            raise ContradictionFound(f"another block than {block_hash.hex()} under its hash")
        block = Block.decode(encoded, network.id)
        if connection.execute("SELECT height FROM block WHERE hash = ?", (block_hash,)).get != block.height:
            raise ContradictionFound(f"another height of block {block_hash.hex()} than its own")
        try:
            rules.check_block_alone(block, network)
            for transaction in block.transactions:
                rules.check_signature(transaction)
        except RuleError as error:
            raise ContradictionFound(f"a block of a side branch, {block_hash.hex()}: {error}") from error
        parent = bodies.header(connection, block.header.previous_hash)
        if parent is not None and stored.work != parent.work + stored.header.work:
            raise ContradictionFound(f"another work of block {block_hash.hex()} than its own")


def check_pending(connection: apsw.Connection, network: Network) -> None:
    """Check what is pending by all rules for a transaction.

    Raises:
        ContradictionFound: one breaks a rule, has another id than is noted, or stands in the chain too.
        PeerError: its bytes are no transaction's.
    """
    rows = connection.execute("SELECT txid, head, content FROM pending ORDER BY sequence")
    for txid, head, content in cast("Iterator[tuple[bytes, bytes, bytes | None]]", rows):
        transaction = Transaction.from_parts(head, content, network.id)
        try:
            rules.check_transaction_unsigned(transaction, network)
            rules.check_signature(transaction)
        except RuleError as error:
            raise ContradictionFound(f"a pending transaction, {txid.hex()}: {error}") from error
        if transaction.txid != txid or index.find(connection, txid, network.id) is not None:
            raise ContradictionFound(f"pending {txid.hex()} under another id, or in the chain too")


def check_index(connection: apsw.Connection, transactions: int) -> None:
    """See that the index has no more rows than the chain has transactions, each of which was found by it.

    Raises:
        ContradictionFound: it has.
    """
    rows = connection.execute("SELECT count(*) FROM place").get
    if rows != transactions:
        raise ContradictionFound(f"{rows:,} rows of the index for {transactions:,} transactions")


def check_subtrees(connection: apsw.Connection, blocks: int) -> None:
    """See that each complete subtree of the history tree is there, and is made of the two below it.

    The largest ones, which no other is made of, are held against the chain as it is read.

    Raises:
        ContradictionFound: one is not.
    """
    levels = connection.execute("SELECT level, count(*) FROM subtree GROUP BY level").fetchall()
    counts = dict(cast("list[tuple[int, int]]", levels))
    expected = {level: blocks >> level for level in range(KEPT_LEVEL_MIN, blocks.bit_length())}
    if counts != expected:
        raise ContradictionFound(f"subtrees {counts} of {blocks:,} blocks")
    rows = connection.execute("SELECT level, position, hash FROM subtree WHERE level > ?", (KEPT_LEVEL_MIN,))
    for level, position, node in cast("Iterator[tuple[int, int, bytes]]", rows):
        below = [subtrees.kept(connection, level - 1, 2 * position + side) for side in (0, 1)]
        if node != node_hash(*below):
            raise ContradictionFound(f"another subtree {level}/{position} than those below it make")
