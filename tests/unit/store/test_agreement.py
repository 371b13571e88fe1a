"""What the chain does not say itself is held against it, or against its own rules."""

from collections.abc import Callable
from functools import partial

import apsw
import pytest

from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import agreement
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store

BLOCKS, TRANSACTIONS = 521, 3
Check = Callable[[apsw.Connection], None]


def checks(builder: ChainBuilder) -> dict[str, Check]:
    return {
        "pages": agreement.check_pages,
        "side": partial(agreement.check_side_branches, network=builder.network),
        "pending": partial(agreement.check_pending, network=builder.network),
        "index": partial(agreement.check_index, transactions=TRANSACTIONS),
        "subtrees": partial(agreement.check_subtrees, blocks=BLOCKS),
    }


@pytest.mark.usefixtures("eventful")
def test_a_sound_file_agrees_with_itself(reader: Reader, builder: ChainBuilder) -> None:
    for check in checks(builder).values():
        reader.ask(check)


@pytest.mark.parametrize("blocks", [0, 254, 255, 511])
def test_small_chains_have_the_subtrees_that_are_complete(
    store: Store, reader: Reader, builder: ChainBuilder, blocks: int
) -> None:
    items = builder.chain(builder.genesis, [0] * blocks)
    with store.writer.group():
        store.writer.commit_chain(tuple(items), (), tuple(item.block.hash for item in items), 0)
    reader.ask(partial(agreement.check_subtrees, blocks=blocks + 1))


def test_pages_that_are_not_in_order_are_named(damaged: Reader) -> None:
    with pytest.raises(StoreDamaged, match="move it away"):
        damaged.ask(agreement.check_pages)


DAMAGES: dict[str, tuple[str, str, str]] = {
    "another body": (
        "side",
        "UPDATE block SET body = x'00' WHERE id NOT IN (SELECT block FROM chain)",
        "whole blocks",
    ),
    "another hash": (
        "side",
        "UPDATE block SET hash = randomblob(32) WHERE id NOT IN (SELECT block FROM chain)",
        "under its hash",
    ),
    "another height": ("side", "UPDATE block SET height = 0 WHERE height = 100", "another height"),
    "another work": (
        "side",
        "UPDATE block SET work = x'0101' WHERE id NOT IN (SELECT block FROM chain)",
        "another work",
    ),
    "a header without work": (
        "side",
        (
            "UPDATE block SET header = (SELECT header FROM block WHERE height = 0) "
            "WHERE id NOT IN (SELECT block FROM chain)"
        ),
        "under its hash",
    ),
    "another id": ("pending", "UPDATE pending SET txid = randomblob(32)", "under another id"),
    "another content": ("pending", "UPDATE pending SET content = zeroblob(32)", "content"),
    "another signature": (
        "pending",
        "UPDATE pending SET head = CAST(x'00' || substr(head, 2) AS BLOB)",
        "signature",
    ),
    "half a head": (
        "pending",
        "UPDATE pending SET head = substr(head, 1, 50)",
        "whole blocks and transactions",
    ),
    "a row too many": ("index", "INSERT INTO place VALUES (1, 1)", "4 rows of the index for 3 transactions"),
    "a row too few": ("index", "DELETE FROM place WHERE key IN (SELECT min(key) FROM place)", "2 rows"),
    "a subtree too many": ("subtrees", "INSERT INTO subtree VALUES (10, 0, zeroblob(32))", "521 blocks"),
    "a subtree too few": ("subtrees", "DELETE FROM subtree WHERE level = 9", "521 blocks"),
    "another large subtree": ("subtrees", "UPDATE subtree SET hash = zeroblob(32) WHERE level = 9", "9/0"),
    "another small subtree": (
        "subtrees",
        "UPDATE subtree SET hash = zeroblob(32) WHERE level = 8 AND position = 1",
        "9/0",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(eventful: apsw.Connection, reader: Reader, builder: ChainBuilder, name: str) -> None:
    which, statement, words = DAMAGES[name]
    eventful.execute(statement)
    with pytest.raises(StoreDamaged, match=words):
        reader.ask(checks(builder)[which])
