"""The table of what is pending, in order: new ones come last, those that a reorganisation returns come first."""

from collections.abc import Iterable, Sequence
from typing import cast

import apsw

from p2pchain.chain.transaction import Transaction

Row = tuple[bytes, bytes, bytes | None]


def holds(connection: apsw.Connection, txid: bytes) -> bool:
    """Say whether a transaction is pending; the index of txids tells, so that no content is read."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM pending WHERE txid = ?)", (txid,)).get)


def content(connection: apsw.Connection, txid: bytes) -> bytes | None:
    """Read the content of a pending transaction."""
    return cast("bytes | None", connection.execute("SELECT content FROM pending WHERE txid = ?", (txid,)).get)


def append(connection: apsw.Connection, transactions: Iterable[Transaction]) -> None:
    """Enter transactions that are not pending yet, behind all others."""
    query = "INSERT INTO pending (txid, head, content) VALUES (?, ?, ?)"
    connection.executemany(query, (_row(transaction) for transaction in transactions))


def put_back(connection: apsw.Connection, transactions: Sequence[Transaction]) -> None:
    """Enter transactions of blocks that were undone, in order, before all others: they are older."""
    first = cast("int | None", connection.execute("SELECT min(sequence) FROM pending").get)
    start = (1 if first is None else first) - len(transactions)
    query = "INSERT INTO pending (sequence, txid, head, content) VALUES (?, ?, ?, ?) ON CONFLICT (txid) DO NOTHING"
    rows = ((sequence, *_row(transaction)) for sequence, transaction in enumerate(transactions, start))
    connection.executemany(query, rows)


def drop(connection: apsw.Connection, txids: Iterable[bytes]) -> list[bytes]:
    """Take transactions out; returns the txids of those that were there, in the order given."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM pending)").get:
        return []
    query = "DELETE FROM pending WHERE txid = ? RETURNING txid"
    return [txid for txid in txids if connection.execute(query, (txid,)).fetchall()]


def load(connection: apsw.Connection, network_id: bytes) -> tuple[Transaction, ...]:
    """Read all of them, in order."""
    found = connection.execute("SELECT head, content FROM pending ORDER BY sequence")
    return tuple(
        Transaction.from_parts(cast(bytes, head), cast(bytes, content), network_id) for head, content in found
    )


def _row(transaction: Transaction) -> Row:
    return transaction.txid, transaction.head.raw, transaction.content
