"""A block comes together from its transactions, in their places, whatever the order in which they are found."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.reconstruction import Reconstruction, WrongBlockTxs
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.short_id import short_ids

BUILDER = ChainBuilder(simulated_network(), 1)
RECORDS = [BUILDER.record() for _ in range(5)]
OTHER = BUILDER.record()


def begun(records: list[Transaction] = RECORDS) -> tuple[Reconstruction, Entry, Block]:
    entry, block = BUILDER.block(BUILDER.genesis, records)
    ids = short_ids([each.head.leaf for each in block.transactions], entry.hash)
    return Reconstruction(entry, block.coinbase.encode(), ids, 7), entry, block


def test_all_are_found() -> None:
    built, _, block = begun()
    built.look([OTHER, *reversed(RECORDS)], sound=True)
    assert built.missing == ()
    assert built.block() == block
    assert built.sound == {record.head.raw for record in RECORDS}


def test_what_is_not_checked_is_not_called_sound() -> None:
    built, _, block = begun()
    built.look(RECORDS[:2], sound=True)
    built.look(RECORDS[1:], sound=False)
    assert built.block() == block
    assert built.sound == {record.head.raw for record in RECORDS[:2]}


def test_what_is_missing_is_filled_in() -> None:
    built, _, block = begun()
    built.look([RECORDS[1], RECORDS[3]], sound=True)
    built.asked = built.missing
    assert built.asked == (0, 2, 4)
    built.take([RECORDS[place].encode() for place in (0, 2, 4)])
    assert built.is_answered
    assert [built.read(BUILDER.network.id, 2) for _ in range(2)] == [False, True]
    assert built.missing == tuple[int, ...]()
    assert built.block() == block
    assert built.sound == {RECORDS[1].head.raw, RECORDS[3].head.raw}


@pytest.mark.parametrize("answer", [[RECORDS[0]], [RECORDS[0], RECORDS[2], OTHER]])
def test_another_number_of_transactions_than_was_asked_for(answer: list[Transaction]) -> None:
    built, _, _ = begun()
    built.look([RECORDS[1], RECORDS[3], RECORDS[4]], sound=True)
    built.asked = built.missing
    with pytest.raises(WrongBlockTxs):
        built.take([each.encode() for each in answer])


@pytest.mark.parametrize("answer", [[RECORDS[0], OTHER], [RECORDS[2], RECORDS[0]]])
def test_another_answer_than_what_was_asked_for(answer: list[Transaction]) -> None:
    built, _, _ = begun()
    built.look([RECORDS[1], RECORDS[3], RECORDS[4]], sound=True)
    built.asked = built.missing
    built.take([each.encode() for each in answer])
    with pytest.raises(WrongBlockTxs):
        built.read(BUILDER.network.id, 2)


def test_another_s_account_begins_with_what_was_found_here_but_not_with_what_was_sent() -> None:
    built, entry, block = begun()
    built.cursor = 17
    built.look(RECORDS[:2], sound=True)
    built.look(RECORDS[2:3], sound=False)
    built.asked = built.missing
    built.take([each.encode() for each in RECORDS[3:]])
    assert built.read(BUILDER.network.id, 9)
    twin = Reconstruction(entry, block.coinbase.encode(), built.ids, 8)
    twin.begin_as(built)
    assert (twin.cursor, twin.missing, twin.asked) == (17, (3, 4), ())
    assert twin.sound == {record.head.raw for record in RECORDS[:2]}
    twin.look(RECORDS[3:], sound=True)
    assert twin.is_complete
    assert built.block() == twin.block() == block


def test_a_different_account_begins_with_nothing() -> None:
    built, entry, block = begun()
    built.cursor = 17
    built.look(RECORDS, sound=True)
    other = Reconstruction(entry, block.coinbase.encode(), list(built.ids)[::-1], 8)
    other.begin_as(built)
    assert (other.cursor, other.missing, other.sound) == (0, (0, 1, 2, 3, 4), frozenset())


def test_a_short_id_twice_is_seen() -> None:
    built, entry, block = begun()
    assert not built.is_ambiguous
    assert Reconstruction(entry, block.coinbase.encode(), [bytes(6)] * 2, 7).is_ambiguous


def test_an_empty_block_is_there_at_once() -> None:
    built, _, block = begun([])
    assert built.missing == ()
    assert built.block() == block


def test_one_that_is_let_go_holds_nothing_and_its_twin_all() -> None:
    built, entry, block = begun()
    built.look(RECORDS[:3], sound=True)
    twin = Reconstruction(entry, block.coinbase.encode(), built.ids, 8)
    twin.begin_as(built)
    built.let_go()
    assert (built.ids, built.found, built.missing, built.sound) == ((), [], (), frozenset())
    assert twin.missing == (3, 4)
