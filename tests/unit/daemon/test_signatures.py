"""Each signature is checked once, and what is urgent before the rest."""

import queue
import threading
from collections.abc import Sequence

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.daemon import signatures as module
from p2pchain.daemon.signature_pool import Done, packed
from p2pchain.daemon.signatures import SHARE, SHARES_PER_THREAD, Signatures, Tell
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

Answers = queue.SimpleQueue[list[bool]]


class PlayedPool:
    """Keeps what is submitted until the test lets it be done; forged is what is signed with an odd first byte."""

    def __init__(self, done: Done) -> None:
        self.done = done
        self.batches: dict[int, Sequence[bytes]] = {}
        self.urgent: dict[int, bool] = {}
        self.closed = False

    def submit(self, number: int, checks: Sequence[bytes], urgent: bool) -> None:
        self.batches[number] = checks
        self.urgent[number] = urgent

    def finish(self, number: int, invalid: Sequence[int] = ()) -> None:
        checks = self.batches.pop(number)
        self.done(number, bytes(place not in invalid for place in range(len(checks))))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[PlayedPool]:
    """The pools that were started."""
    pools: list[PlayedPool] = []

    def start(done: Done, threads: int) -> PlayedPool:
        assert threads == 1
        pools.append(PlayedPool(done))
        return pools[-1]

    monkeypatch.setattr(module, "start_pool", start)
    return pools


@pytest.fixture
def signatures(played: list[PlayedPool]) -> Signatures:
    del played
    return Signatures(threads=1)


@pytest.fixture
def pool(signatures: Signatures, played: list[PlayedPool]) -> PlayedPool:
    del signatures
    return played[0]


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


@pytest.fixture
def records(builder: ChainBuilder) -> list[Transaction]:
    return [builder.record() for _ in range(SHARE + 5)]


def noted(told: list[tuple[str, list[bool]]], name: str) -> Tell:
    """Enter what is told under a name."""
    return lambda valid: told.append((name, valid))


def row(transaction: Transaction) -> bytes:
    return packed((transaction.author, transaction.txid, transaction.head.signature))


def test_a_batch_is_told_of_when_all_of_it_is_known(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction]
) -> None:
    told: list[list[bool]] = []
    signatures.check(records, told.append)
    assert [list(checks) for checks in pool.batches.values()] == [
        [row(each) for each in records[:SHARE]],
        [row(each) for each in records[SHARE:]],
    ]
    assert not any(pool.urgent.values())
    pool.finish(2, invalid=[1])
    assert told == []
    pool.finish(1, invalid=[0])
    assert told == [[place not in {0, SHARE + 1} for place in range(SHARE + 5)]]


def test_what_was_found_sound_is_not_checked_again_and_what_was_not_is(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction]
) -> None:
    told: list[list[bool]] = []
    signatures.check(records[:3], told.append)
    pool.finish(1, invalid=[1])
    signatures.check(records[:2], told.append)
    assert list(pool.batches[2]) == [row(records[1])]
    pool.finish(2, invalid=[0])
    signatures.check([records[0], records[2]], told.append)
    assert not pool.batches
    assert told == [[True, False, True], [True, False], [True, True]]
    signatures.check([], told.append)
    assert told[-1] == []


def test_the_threads_have_a_bounded_part_of_what_waits(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction]
) -> None:
    told: list[list[bool]] = []
    for each in records[:5]:
        signatures.check([each], told.append)
    assert sorted(pool.batches) == list(range(1, SHARES_PER_THREAD + 1))
    for number in range(1, 6):
        pool.finish(number)
        assert len(pool.batches) <= SHARES_PER_THREAD
    assert told == [[True]] * 5


def test_a_block_goes_first_and_what_it_brings_is_not_checked_after_it(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction]
) -> None:
    told: list[tuple[str, list[bool]]] = []
    for name, batch in (("a", records[:1]), ("b", records[1:2]), ("c", records[2:4]), ("d", records[3:4])):
        signatures.check(batch, noted(told, name))
    signatures.check_first(records[2:6], frozenset([records[4].head.raw]), noted(told, "block"))
    assert pool.urgent == {1: False, 2: False, 3: True}
    assert list(pool.batches[3]) == [row(records[2]), row(records[3]), row(records[5])]
    pool.finish(3, invalid=[0])
    assert told == [("block", [False, True, True, True])]
    pool.finish(1)
    assert list(pool.batches[4]) == [row(records[2])]
    assert told[1:] == [("a", [True])]
    pool.finish(2)
    assert told[2:] == [("b", [True]), ("d", [True])]
    pool.finish(4, invalid=[0])
    assert told[4:] == [("c", [False, True])]
    signatures.check_first(records[3:5], frozenset([records[4].head.raw]), noted(told, "known"))
    assert told[5:] == [("known", [True, True])]


def test_no_more_heads_are_remembered_than_the_bound(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SOUND_MAX", 3)
    told: list[list[bool]] = []
    signatures.check(records[:10], told.append)
    pool.finish(1)
    signatures.check(records[5:10], told.append)
    assert list(pool.batches[2]) == [row(each) for each in records[5:7]]


def test_many_callers_at_once_are_each_told_what_is_true_of_theirs(builder: ChainBuilder) -> None:
    records = [builder.record() for _ in range(300)]
    forged = [
        Transaction.from_parts(
            bytes([each.head.raw[0] ^ 1]) + each.head.raw[1:], each.content, builder.network.id
        )
        for each in records
    ]
    signatures = Signatures()
    found: queue.SimpleQueue[tuple[int, list[bool]]] = queue.SimpleQueue()

    def put(start: int) -> Tell:
        return lambda valid: found.put((start, valid))

    def call(caller: int) -> None:
        mixed = [each[place] for place in range(300) for each in (records, forged)]
        for start in range(caller, 600, 60):
            batch = mixed[start : start + 60]
            if caller % 2:
                signatures.check(batch, put(start))
            else:
                signatures.check_first(batch, frozenset(), put(start))

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(6)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(60):
            start, valid = found.get(timeout=60)
            assert valid == [(start + place) % 2 == 0 for place in range(len(valid))]
    finally:
        for thread in threads:
            thread.join()
        signatures.close()
    assert found.empty()


def test_it_closes_its_pool(signatures: Signatures, pool: PlayedPool) -> None:
    signatures.close()
    assert pool.closed


def test_who_comes_while_another_thread_is_at_work_does_not_wait_for_it_and_is_served(
    signatures: Signatures, pool: PlayedPool, records: list[Transaction], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    submit = pool.submit

    def slow(number: int, checks: Sequence[bytes], urgent: bool) -> None:
        begun.set()
        assert go.wait(30)
        submit(number, checks, urgent)

    monkeypatch.setattr(pool, "submit", slow)
    told: list[tuple[str, list[bool]]] = []
    first = threading.Thread(target=signatures.check, args=(records[:1], noted(told, "first")))
    first.start()
    assert begun.wait(30)
    signatures.check(records[1:2], noted(told, "second"))
    assert not pool.batches
    go.set()
    first.join()
    assert len(pool.batches) == 2
    for number in list(pool.batches):
        pool.finish(number)
    assert told == [("first", [True]), ("second", [True])]
