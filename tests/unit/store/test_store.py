"""A data directory, opened and closed."""

from pathlib import Path
from typing import cast

import pytest

from p2pchain.errors import StoreError
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.store import Store


def test_what_was_written_is_restored(tmp_path: Path, builder: ChainBuilder) -> None:
    first = Store(tmp_path, builder.network)
    staged = builder.chain(builder.genesis, [1, 1])
    record = builder.record()
    with first.writer.group():
        first.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
        first.writer.store_pending((record,), (), 0)
    first.close()
    second = Store(tmp_path, builder.network)
    restored = second.restore(10)
    assert [stored.header.height for stored in restored.recent] == [0, 1, 2]
    assert [each.transaction for each in restored.pending] == [record]
    assert restored.pending_count == 1
    assert restored.last_event == second.writer.last_event == 3
    second.close()


def test_a_directory_that_could_not_be_opened_is_not_kept_locked(
    tmp_path: Path, builder: ChainBuilder
) -> None:
    (tmp_path / "chain.db").write_bytes(b"x" * 4096)
    with pytest.raises(StoreError):
        Store(tmp_path, builder.network)
    (tmp_path / "chain.db").unlink()
    Store(tmp_path, builder.network).close()


def test_a_stored_transaction_costs_little_more_than_its_own_bytes(
    tmp_path: Path, builder: ChainBuilder
) -> None:
    store = Store(tmp_path / "cost", builder.network)
    records = [builder.record(bytes(234)) for _ in range(4_000)]
    parent = builder.genesis
    for start in range(0, 4_000, 100):
        parent, block = builder.block(parent, records[start : start + 100])
        assert len(block.transactions) == 100
        with store.writer.group():
            store.writer.store_pending(block.transactions, (), 0)
            store.writer.commit_chain([StagedBlock(block, parent.work, 0)], (), [block.hash], 0)
    store.close()
    own = sum(record.size for record in records)
    assert (tmp_path / "cost" / "chain.db").stat().st_size < 1.25 * own


def test_a_block_without_transactions_is_small_on_disk(store: Store, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [0] * 1_000)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    pages = cast(int, store.writer._connection.pragma("page_count"))
    assert pages * 4_096 < 450 * 1_000
