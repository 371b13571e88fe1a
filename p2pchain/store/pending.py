"""The table of what is pending, in order: new ones come last, those that a reorganisation returns come first."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from typing import cast

import apsw

from p2pchain.chain.transaction import Transaction
from p2pchain.node.ports import StoredPending
from p2pchain.store import chunks

Row = tuple[bytes, bytes, bytes | None]

# SQLite's own least rowid, and a LIMIT that is none.
FIRST = -(2**63)
ALL = -1


def holds(connection: apsw.Connection, txid: bytes) -> bool:
    """Say whether a transaction is pending; the index of txids tells, so that no content is read."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM pending WHERE txid = ?)", (txid,)).get)


def among(connection: apsw.Connection, txids: Iterable[bytes]) -> set[bytes]:
    """Give those of some txids that are pending."""
    found: set[bytes] = set()
    for marks, bound in chunks.values(txids):
        query = f"SELECT txid FROM pending WHERE txid IN {marks}"
        found.update(cast(bytes, row[0]) for row in connection.execute(query, bound))
    return found


def content(connection: apsw.Connection, txid: bytes) -> bytes | None:
    """Read the content of a pending transaction."""
    return cast("bytes | None", connection.execute("SELECT content FROM pending WHERE txid = ?", (txid,)).get)


def append(connection: apsw.Connection, transactions: Iterable[Transaction], wall_ms: int) -> None:
    """Enter transactions that are not pending yet, behind all others, as accepted at a time."""
    into = "INSERT INTO pending (txid, head, content, accepted_ms) VALUES"
    for marks, bound in chunks.rows((*_row(transaction), wall_ms) for transaction in transactions):
        connection.execute(f"{into} {marks}", bound)


def put_back(connection: apsw.Connection, transactions: Sequence[Transaction], wall_ms: int) -> int:
    """Enter transactions of blocks that were undone, in order, before all others: they are older; returns how many.

    Their age begins anew, at a time: they have not waited while they stood in the chain.
    """
    first = cast("int | None", connection.execute("SELECT min(sequence) FROM pending").get)
    start = (1 if first is None else first) - len(transactions)
    into = "INSERT INTO pending (sequence, txid, head, content, accepted_ms) VALUES"
    before = connection.total_changes()
    rows = ((place, *_row(transaction), wall_ms) for place, transaction in enumerate(transactions, start))
    for marks, bound in chunks.rows(rows):
        connection.execute(f"{into} {marks} ON CONFLICT (txid) DO NOTHING", bound)
    return connection.total_changes() - before


def drop(connection: apsw.Connection, txids: Collection[bytes]) -> list[bytes]:
    """Take transactions out; returns the txids of those that were there, in the order given."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM pending)").get:
        return []
    found = among(connection, txids)
    for marks, bound in chunks.values(found):
        connection.execute(f"DELETE FROM pending WHERE txid IN {marks}", bound)
    return [txid for txid in dict.fromkeys(txids) if txid in found]


def older_than(connection: apsw.Connection, before_ms: int, count_max: int) -> list[bytes]:
    """Give the txids of those that were accepted before a time, oldest first."""
    query = "SELECT txid FROM pending WHERE accepted_ms < ? ORDER BY accepted_ms, sequence LIMIT ?"
    return [cast(bytes, row[0]) for row in connection.execute(query, (before_ms, count_max))]


def count(connection: apsw.Connection) -> int:
    """Count all of them; an index tells, so that no content is read."""
    return cast(int, connection.execute("SELECT count(*) FROM pending").get)


def load(
    connection: apsw.Connection, network_id: bytes, place: int, count_max: int, bytes_max: int
) -> tuple[StoredPending, ...]:
    """Read those from a place on, in order, as many as fit into both bounds, but one if there is one."""
    query = "SELECT sequence, head, content FROM pending WHERE sequence >= ? ORDER BY sequence LIMIT ?"
    found: list[StoredPending] = []
    size = 0
    with closing(connection.execute(query, (place, count_max))) as rows:
        for sequence, head, content in cast("Iterable[tuple[int, bytes, bytes]]", rows):
            size += len(head) + len(content)
            if found and size > bytes_max:
                break
            found.append(StoredPending(sequence, Transaction.from_parts(head, content, network_id)))
    return tuple(found)


def _row(transaction: Transaction) -> Row:
    return transaction.txid, transaction.head.raw, transaction.content
