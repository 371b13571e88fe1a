"""Reads: by hash, by height, in slices, and of a start no more than a window."""

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import apsw
import pytest

from p2pchain.chain.history import EMPTY
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store import bodies
from p2pchain.store.faults import StoreDamaged, StoreFailed
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def test_an_empty_store_holds_genesis(reader: Reader, builder: ChainBuilder) -> None:
    restored = reader.restore(10)
    assert [stored.header for stored in restored.recent] == [builder.network.genesis]
    assert restored.frontier == EMPTY
    assert (restored.pending, restored.last_event) == ((), 0)
    assert reader.block_at(0) is None
    assert reader.at_height(1) is None
    assert reader.by_hash(bytes(32)) is None


def test_headers_blocks_and_places(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [1, 2, 3])
    blocks = [item.block for item in staged]
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(block.hash for block in blocks[:2]), 0)

    assert reader.encoded(1, 10) == [block.header.encode() for block in blocks[:2]]
    assert reader.at_height(2) == reader.by_hash(blocks[1].hash)
    unconnected = reader.by_hash(blocks[2].hash)
    assert unconnected is not None
    assert not unconnected.connected
    assert unconnected.work == staged[2].work
    assert reader.block_at(1) == blocks[0]
    assert reader.block_at(3) is None
    asked = (blocks[0].hash, bytes(32), blocks[1].hash)
    assert reader.load_blocks(asked, 10**6) == (blocks[0].encode(), None, blocks[1].encode())
    assert reader.load_blocks(asked, 1) == (blocks[0].encode(),)
    assert len(reader.load_events(1, 5)) == 1


def test_a_start_reads_a_window_and_the_history_tree_below_it(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 1_100)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    frontier = EMPTY.append(builder.genesis.hash)
    for size, item in enumerate(staged, start=1):
        if size in (1, 255, 256, 257, 511, 512, 513, 1_024, 1_100):
            assert reader.frontier(size) == frontier
        frontier = frontier.append(item.block.hash)
    restored = reader.restore(50)
    assert len(restored.recent) == 50
    assert restored.recent[-1].header == staged[-1].block.header
    assert restored.frontier.size == 1_051


def test_events_are_read_as_many_as_fit_but_one_at_least(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    with store.writer.group():
        for _ in range(4):
            store.writer.store_pending((builder.record(),), (), 0)
    size = len(reader.load_events(0, 1)[0].data)
    assert [event.number for event in reader.load_events(1, 10, 2 * size)] == [2, 3]
    assert [event.number for event in reader.load_events(1, 10, 1)] == [2]


def test_what_is_asked_is_searched_for_never_scanned(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [1] * 3)
    with store.writer.group():
        store.writer.commit_chain(staged, (), [item.block.hash for item in staged], 0)
    asked: list[str] = []

    def note(_: apsw.Cursor, sql: str, bindings: object) -> bool:
        del bindings
        asked.append(sql)
        return True

    reader._connection.exec_trace = note
    reader.restore(2)
    reader.by_hash(staged[0].block.hash)
    reader.at_height(1)
    reader.load_blocks([staged[0].block.hash], 1)
    reader.block_at(2)
    reader.load_contents([staged[0].block.transactions[0].txid], 1)
    reader.load_events(1, 2)
    reader.find_transaction(staged[1].block.transactions[0].txid)
    reader.prove(staged[1].block.transactions[0].txid, None)
    reader.prove(staged[1].block.transactions[0].txid, staged[2].block.hash)
    reader.prove(bytes(32), None)
    reader._connection.exec_trace = None
    queries = {sql for sql in asked if sql not in ("BEGIN", "COMMIT")}
    scanned = {
        cast(str, step[3])
        for sql in queries
        for step in reader._connection.execute(f"EXPLAIN QUERY PLAN {sql}", [0] * sql.count("?"))
        if "SCAN" in cast(str, step[3])
    }
    assert len(queries) >= 9
    assert scanned <= {"SCAN pending USING COVERING INDEX pending_age", "SCAN tombstone", "SCAN CONSTANT ROW"}


def test_an_answer_is_of_one_moment(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [1, 1])
    hashes = [item.block.hash for item in staged]
    with store.writer.group():
        store.writer.commit_chain(staged, (), hashes, 0)
    with reader._moment() as connection:
        assert bodies.header(connection, hashes[0]) is not None
        with store.writer.group():
            store.writer.commit_chain((), hashes[::-1], (), 0)
        assert [entry.connected for entry in bodies.headers_from(connection, 1)] == [True, True]
    assert reader.tip_height() == 0


def test_readers_see_a_group_when_it_is_committed_and_not_before(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    with store.writer.group():
        store.writer.store_pending((builder.record(),), (), 0)
        assert (reader.pending(), reader.last_event()) == ((), 0)
    assert (len(reader.pending()), reader.last_event()) == (1, 1)


def test_another_thread_reads_with_a_reader_of_its_own(store: Store, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [0] * 60)

    def read() -> int:
        own = store.reader()
        while (height := own.tip_height()) < 60:
            assert own.frontier(height + 1).size == height + 1
        own.close()
        return height

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(read)
        for item in staged:
            with store.writer.group():
                store.writer.commit_chain([item], (), [item.block.hash], 0)
        assert answer.result() == 60


def test_a_block_that_cannot_be_read_any_more_is_damage(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    (item,) = builder.chain(builder.genesis, [1])
    with store.writer.group():
        store.writer.commit_chain([item], (), [item.block.hash], 0)
        store.writer.store_pending((builder.record(),), (), 0)
    store.writer._connection.execute("UPDATE block SET body = x'00' WHERE height = 1")
    with pytest.raises(StoreDamaged, match=r"chain\.db, found malformed block"):
        reader.block_at(1)
    store.writer._connection.execute("UPDATE pending SET head = x'00'")
    with pytest.raises(StoreDamaged, match=r"chain\.db, found malformed transaction"):
        reader.restore(1)
    with pytest.raises(StoreDamaged), store.writer.group():
        store.writer.commit_chain((), [item.block.hash], (), 0)


def misread(_: object) -> int:
    """Read a value as if it were of its column's type, which it is not."""
    return int.from_bytes(7, "big")  # type: ignore[arg-type]  # the fault


def test_a_value_of_another_type_than_its_column_s_is_damage_where_the_pages_are(damaged: Reader) -> None:
    with pytest.raises(StoreDamaged, match="move it away"):
        damaged.ask(misread)


def test_where_the_pages_are_sound_it_is_this_program_s_fault(reader: Reader) -> None:
    with pytest.raises(TypeError):
        reader.ask(misread)
    assert reader.tip_height() == 0


def test_where_the_disk_has_ended_the_reading_its_fault_is_the_one_that_is_told(reader: Reader) -> None:
    def fails(connection: apsw.Connection) -> None:
        connection.execute("ROLLBACK")  # as SQLite does by itself
        raise apsw.IOError("disk I/O error")

    with pytest.raises(StoreFailed, match="disk I/O error"):
        reader.ask(fails)
    assert reader.tip_height() == 0
