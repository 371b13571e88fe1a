"""A data directory, opened and closed."""

from pathlib import Path

import pytest

from p2pchain.errors import StoreError
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.store import Store


def test_what_was_written_is_restored(tmp_path: Path, builder: ChainBuilder) -> None:
    first = Store(tmp_path, builder.network)
    staged = builder.chain(builder.genesis, [1, 1])
    record = builder.record()
    with first.writer.group():
        first.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged))
        first.writer.store_pending((record,))
    first.close()
    second = Store(tmp_path, builder.network)
    restored = second.restore(10)
    assert [stored.header.height for stored in restored.recent] == [0, 1, 2]
    assert restored.pending == (record,)
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
