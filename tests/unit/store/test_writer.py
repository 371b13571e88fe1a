"""Writes: all of a change or none of it, and every event numbered."""

from pathlib import Path

import msgpack
import pytest

from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored
from p2pchain.node.limits import ACCEPTED_PER_EVENT
from p2pchain.node.ports import Returned
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.faults import StoreFailed, StoreFull, StoreOfOtherNetwork
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store
from p2pchain.wire.decoding import decode
from p2pchain.wire.frame import LENGTH_SIZE
from p2pchain.wire.message import encode
from p2pchain.wire.messages.event import EventMessage


def hashes(staged: list[StagedBlock]) -> tuple[bytes, ...]:
    return tuple(item.block.hash for item in staged)


def kinds(reader: Reader) -> list[str]:
    return [event.kind for event in reader.load_events(0, 1_000)]


def commit(store: Store, staged: list[StagedBlock], revert: tuple[bytes, ...] = ()) -> tuple[int, int]:
    with store.writer.group():
        confirmed, returned = store.writer.commit_chain(tuple(staged), revert, hashes(staged), 0)
    return len(confirmed), returned.count


def test_what_is_accepted_is_pending_once(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    one, two = builder.record(), builder.record()
    with store.writer.group():
        outcomes = (Stored.ACCEPTED, Stored.ACCEPTED, Stored.PENDING)
        assert store.writer.store_pending((one, two, one), (), 0) == (outcomes, ())
    assert list(reader.pending()) == [one, two]
    (event,) = reader.load_events(0, 10)
    assert (event.number, event.kind) == (1, "accepted")
    assert msgpack.unpackb(event.data) == {"txids": [one.txid, two.txid]}


def test_more_than_an_event_holds_are_told_in_several(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    records = [builder.record() for _ in range(ACCEPTED_PER_EVENT + 1)]
    with store.writer.group():
        store.writer.store_pending(records, (), 0)
    events = reader.load_events(0, 10)
    assert [event.number for event in events] == [1, 2]
    told = [txid for event in events for txid in msgpack.unpackb(event.data)["txids"]]
    assert told == [record.txid for record in records]
    for event in events:
        message = EventMessage(number=event.number, kind=event.kind, data=event.data)
        assert decode(EventMessage, encode(message)[LENGTH_SIZE:]).message == message


def test_a_connected_block_takes_its_records_out_of_what_is_pending(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    pending, other = builder.record(), builder.record()
    entry, block = builder.block(builder.genesis, [pending, builder.record()])
    with store.writer.group():
        store.writer.store_pending((pending, other), (), 0)
        confirmed, returned = store.writer.commit_chain(
            (StagedBlock(block, entry.work, entry.chain_time),), (), (block.hash,), 0
        )
    assert confirmed == (pending.txid,)
    assert returned == Returned()
    assert list(reader.pending()) == [other]
    assert reader.find_transaction(block.transactions[1].txid) == (1, 1)
    with store.writer.group():
        assert store.writer.store_pending((pending,), (), 0) == ((Stored.CHAINED,), ())
    assert kinds(reader) == ["accepted", "connected"]


def test_a_reorganisation_returns_what_the_new_chain_does_not_hold(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    old = builder.chain(builder.genesis, [2, 2])
    commit(store, old)
    shared = old[0].block.transactions[0]
    first, block = builder.block(builder.genesis, [shared])
    new = [StagedBlock(block, first.work, first.chain_time), *builder.chain(first, [1, 0])]
    with store.writer.group():
        revert = tuple(reversed(hashes(old)))
        confirmed, returned = store.writer.commit_chain(tuple(new), revert, hashes(new), 0)

    expected = [old[0].block.transactions[1], *old[1].block.transactions]
    assert [each.transaction for each in returned.first] == expected == list(reader.pending())
    assert returned.count == 3
    assert confirmed == ()
    assert reader.tip_height() == 3
    assert reader.find_transaction(expected[0].txid) is None
    assert reader.find_transaction(shared.txid) == (1, 0)
    assert kinds(reader) == ["connected"] * 2 + ["undone"] * 2 + ["connected"] * 3
    assert reader.by_hash(old[1].block.hash) is not None
    assert commit(store, old, tuple(reversed(hashes(new)))) == (3, 1)


def test_a_txid_cannot_stand_in_the_chain_twice(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    old = builder.chain(builder.genesis, [1, 1])
    commit(store, old)
    top = builder.genesis
    twice = old[0].block.transactions[0]
    for item in old:
        top, _ = builder.block(top, item.block.transactions, timestamp=item.block.header.timestamp)
    entry, block = builder.block(builder.genesis, [builder.record()])
    second, culprit = builder.block(entry, [builder.record(), block.transactions[0]])
    staged = (StagedBlock(block, entry.work, 0), StagedBlock(culprit, second.work, 0))
    with store.writer.group(), pytest.raises(DuplicateTransaction) as refused:
        store.writer.commit_chain(
            staged, (old[1].block.hash, old[0].block.hash), (block.hash, culprit.hash), 0
        )

    assert refused.value.culprit == culprit.hash
    assert reader.tip_height() == 2
    assert reader.find_transaction(twice.txid) == (1, 0)
    assert store.writer.last_event == reader.last_event() == 2


def test_a_txid_of_the_chain_cannot_come_again_above_it(store: Store, builder: ChainBuilder) -> None:
    first, block = builder.block(builder.genesis, [builder.record()])
    second, again = builder.block(first, [block.transactions[0]])
    commit(store, [StagedBlock(block, first.work, 0)])
    with store.writer.group(), pytest.raises(DuplicateTransaction) as refused:
        store.writer.commit_chain((StagedBlock(again, second.work, 0),), (), (again.hash,), 0)
    assert refused.value.culprit == again.hash


def test_a_job_that_is_refused_does_not_take_the_group_with_it(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    first, block = builder.block(builder.genesis, [builder.record()])
    _, again = builder.block(first, [block.transactions[0]])
    kept = builder.record()
    with store.writer.group():
        store.writer.store_pending((kept,), (), 0)
        with pytest.raises(DuplicateTransaction):
            store.writer.commit_chain(
                (StagedBlock(block, first.work, 0), StagedBlock(again, first.work, 0)),
                (),
                (block.hash, again.hash),
                0,
            )
        assert store.writer.expire_pending(0) == ()
    assert list(reader.pending()) == [kept]
    assert kinds(reader) == ["accepted"]


def test_an_error_inside_a_group_undoes_all_of_it(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    with pytest.raises(TypeError):
        store_and_stumble(store, builder)
    assert list(reader.pending()) == []
    assert store.writer.last_event == 0
    assert commit(store, builder.chain(builder.genesis, [1])) == (0, 0)


def store_and_stumble(store: Store, builder: ChainBuilder) -> None:
    with store.writer.group():
        store.writer.store_pending((builder.record(),), (), 0)
        store.writer.store_pending(None, (), 0)  # type: ignore[arg-type]  # a mistake of ours, in the middle of a group


def test_what_is_pending_leaves_for_others_or_for_its_age(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    one, two = builder.record(), builder.record()
    with store.writer.group():
        store.writer.store_pending((one,), (), 0)
        assert store.writer.store_pending((two,), ((two.txid, (one.txid,)),), 0)[1] == (one.txid,)
        assert [each.transaction for each in store.writer.load_pending(0)] == [two]
        assert store.writer.expire_pending(1) == (two.txid,)
    assert kinds(reader) == ["accepted", "accepted", "evicted", "evicted"]


def test_the_file_of_another_network_is_named(tmp_path: Path, builder: ChainBuilder) -> None:
    Store(tmp_path, builder.network).close()
    other = type(builder.network)(**{**builder.network.values(), "name": "other"})  # type: ignore[arg-type]  # its own values
    with pytest.raises(StoreOfOtherNetwork, match=r"chain\.db.*network"):
        Store(tmp_path, other)


def test_what_was_pending_is_confirmed_in_the_order_of_the_chain(store: Store, builder: ChainBuilder) -> None:
    records = [builder.record() for _ in range(8)]
    first, block = builder.block(builder.genesis, records[:5])
    second, next_block = builder.block(first, [builder.record(), *records[5:]])
    staged = [StagedBlock(block, first.work, 0), StagedBlock(next_block, second.work, 0)]
    with store.writer.group():
        store.writer.store_pending(records[::-1], (), 0)
        confirmed, _ = store.writer.commit_chain(staged, (), hashes(staged), 0)
    chain = [transaction.txid for item in staged for transaction in item.block.transactions]
    pending = {record.txid for record in records}
    assert list(confirmed) == [txid for txid in chain if txid in pending]


def test_what_returns_stands_before_what_came_later(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    old = builder.chain(builder.genesis, [2, 1])
    commit(store, old)
    newer, newest = builder.record(), builder.record()
    with store.writer.group():
        store.writer.store_pending([newer], (), 0)
        store.writer.commit_chain((), [old[1].block.hash], (), 0)
        store.writer.store_pending([newest], (), 0)
        store.writer.commit_chain((), [old[0].block.hash], (), 0)
    below, above = old[0].block.transactions, old[1].block.transactions
    assert reader.pending() == (*below, *above, newer, newest)
    commit(store, old)
    assert reader.pending() == (newer, newest)


def test_a_full_disk_undoes_the_group_and_the_next_one_may_succeed(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    kept = builder.record()
    with store.writer.group():
        store.writer.store_pending([kept], (), 0)
    connection = store.writer._connection
    room = connection.pragma("max_page_count")
    connection.pragma("max_page_count", connection.pragma("page_count"))
    many = [builder.record(bytes(4_000)) for _ in range(20)]
    jobs = [[builder.record()], many]
    with pytest.raises(StoreFull, match=r"chain\.db"), store.writer.group():
        [store.writer.store_pending(records, (), 0) for records in jobs]
    assert reader.pending() == (kept,)
    assert store.writer.last_event == reader.last_event() == 1
    connection.pragma("max_page_count", room)
    with store.writer.group():
        assert store.writer.store_pending(many, (), 0) == ((Stored.ACCEPTED,) * 20, ())
    assert len(reader.pending()) == 21


def test_a_full_disk_in_the_middle_of_a_reorganisation_leaves_the_chain_as_it_was(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    old = builder.chain(builder.genesis, [3, 3])
    commit(store, old)
    connection = store.writer._connection
    connection.pragma("max_page_count", connection.pragma("page_count"))
    new = builder.chain(builder.genesis, [40, 40, 40])
    with pytest.raises(StoreFull):
        commit(store, new, hashes(old)[::-1])
    assert reader.tip_height() == 2
    assert [reader.find_transaction(each.txid) for each in old[1].block.transactions] == [
        (2, i) for i in range(3)
    ]
    assert reader.pending() == ()
    connection.pragma("max_page_count", 1_000_000)
    assert commit(store, new, hashes(old)[::-1]) == (0, 6)


def test_the_caller_s_mistakes_change_nothing(store: Store, reader: Reader, builder: ChainBuilder) -> None:
    staged = builder.chain(builder.genesis, [1, 1, 1])
    commit(store, staged[:2])
    one, two, three = hashes(staged)
    with pytest.raises(AssertionError, match="runs inside a group"):
        store.writer.store_pending([builder.record()], (), 0)
    for stage, revert, connect, mistake in (
        ([], [one], [], "is not the tip"),
        (staged[2:], [two], [three], "does not stand on the tip"),
        ([], [], [three], "has to be kept first"),
        ([], [two, one, builder.network.genesis.hash], [], "has to be kept first"),
    ):
        with store.writer.group(), pytest.raises(AssertionError, match=mistake):
            store.writer.commit_chain(stage, revert, connect, 0)
    assert reader.tip_height() == store.restore(1).recent[-1].header.height == 2
    assert store.writer.last_event == 2


def test_a_transaction_without_its_content_is_never_said_to_be_stored(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    with pytest.raises(StoreFailed, match="content"), store.writer.group():
        store.writer.store_pending([builder.record()._replace(content=None)], (), 0)
    assert reader.pending() == ()
    assert reader.last_event() == 0


def test_a_forgotten_content_does_not_come_back_as_pending(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    whole = builder.record()
    entry, block = builder.block(builder.genesis, [whole, builder.record()._replace(content=None)])
    commit(store, [StagedBlock(block, entry.work, 0)])
    with store.writer.group():
        _, returned = store.writer.commit_chain((), [block.hash], (), 0)
    assert tuple(each.transaction for each in returned.first) == reader.pending() == (whole,)
    assert returned.count == 1
