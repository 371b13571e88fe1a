"""A store in memory: a chain that changes as a whole or not at all, what is pending, and a numbered event for each."""

import msgpack
import pytest

from p2pchain.chain.history import EMPTY
from p2pchain.chain.receipt import Receipt
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored, Unproven
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.disk import Disk
from p2pchain.sim.shape import simulated_network

NO_LIMIT = 2**30


class Desk:
    """A disk, and a builder of what to put on it."""

    def __init__(self) -> None:
        self.builder = ChainBuilder(simulated_network(), 1)
        self.disk = Disk(self.builder.network)
        self.genesis = self.builder.network.genesis.hash

    def chain(self, *sizes: int) -> list[StagedBlock]:
        return self.builder.chain(self.builder.genesis, sizes)

    def connect(self, *staged: StagedBlock, revert: tuple[StagedBlock, ...] = ()) -> None:
        self.disk.commit_chain(tuple(staged), hashes(revert), hashes(staged), 5)

    def keep(self, *records: Transaction, wall_ms: int = 5) -> None:
        self.disk.store_pending(records, (), wall_ms)

    def told(self) -> list[tuple[str, dict[str, object]]]:
        events = self.disk.load_events(0, self.disk.last_event)
        assert [each.number for each in events] == list(range(1, len(events) + 1))
        return [(each.kind, msgpack.unpackb(each.data)) for each in events]


def hashes(staged: tuple[StagedBlock, ...] | list[StagedBlock]) -> tuple[bytes, ...]:
    return tuple(each.block.hash for each in staged)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_empty_disk_holds_the_genesis_block(desk: Desk) -> None:
    restored = desk.disk.restore()
    assert [stored.header for stored in restored.recent] == [desk.builder.network.genesis]
    assert (restored.frontier, restored.pending, restored.last_event) == (EMPTY, (), 0)
    assert desk.disk.tip == desk.genesis
    assert desk.disk.blocks() == []


def test_a_chain_is_found_by_hash_by_height_and_in_order(desk: Desk) -> None:
    chain = desk.chain(0, 2)
    desk.connect(*chain)
    tip = desk.disk.by_hash(chain[1].block.hash)
    assert tip is not None
    assert (tip.work, tip.chain_time, tip.connected) == (chain[1].work, chain[1].chain_time, True)
    assert desk.disk.tip == tip.header.hash
    assert desk.disk.at_height(2) == tip
    assert desk.disk.at_height(3) is None
    assert desk.disk.at_height(-1) is None
    assert desk.disk.encoded(1, 5) == [item.block.header.encode() for item in chain]
    assert desk.disk.frontier(2) == EMPTY.append(desk.genesis).append(chain[0].block.hash)
    assert desk.told() == [
        ("connected", {"height": height, "hash": item.block.hash}) for height, item in enumerate(chain, 1)
    ]


def test_a_reorganisation_returns_what_the_new_chain_does_not_hold(desk: Desk) -> None:
    (old,) = desk.chain(3)
    gone, kept, bare = old.block.transactions
    old = StagedBlock(old.block.with_contents({2: None}), old.work, old.chain_time)
    _, block = desk.builder.block(desk.builder.genesis, [kept])
    new = StagedBlock(block, old.work, old.chain_time)
    waiting = desk.builder.record()
    desk.keep(waiting, kept)
    desk.connect(old)
    confirmed, returned = desk.disk.commit_chain((new,), hashes([old]), hashes([new]), 9)

    assert confirmed == ()
    assert returned.count == 1
    assert [each.transaction for each in returned.first] == [gone]
    assert desk.disk.pending() == [gone, waiting]
    assert desk.disk.blocks() == [new.block]
    assert not desk.disk.headers()[old.block.hash].connected
    assert [kind for kind, _ in desk.told()] == ["accepted", "connected", "undone", "connected", "evicted"]
    assert desk.told()[-1][1] == {"txid": bare.txid, "reason": "content_missing"}


def test_what_was_pending_is_confirmed_by_the_block_that_holds_it(desk: Desk) -> None:
    (item,) = desk.chain(2)
    desk.keep(*item.block.transactions[1:])
    confirmed, _ = desk.disk.commit_chain((item,), (), hashes([item]), 5)
    assert confirmed == (item.block.transactions[1].txid,)
    assert desk.disk.pending() == []
    assert all(desk.disk.holds(each.txid) for each in item.block.transactions)
    assert not desk.disk.holds(bytes(32))


def test_a_record_that_would_stand_twice_changes_nothing(desk: Desk) -> None:
    first, second = desk.chain(1, 1)
    desk.connect(first)
    _, block = desk.builder.block(desk.builder.genesis, first.block.transactions)
    twice = StagedBlock(block, second.work, 0)
    with pytest.raises(DuplicateTransaction) as refused:
        desk.disk.commit_chain((second, twice), (), hashes([second, twice]), 5)
    assert refused.value.culprit == block.hash
    assert desk.disk.tip == first.block.hash
    assert desk.disk.by_hash(second.block.hash) is None
    assert len(desk.told()) == 1
    desk.connect(twice, revert=(first,))
    assert desk.disk.tip == block.hash


def test_pending_records_are_kept_once_and_displace_only_where_they_are_accepted(desk: Desk) -> None:
    (item,) = desk.chain(1)
    (chained,) = item.block.transactions
    old, victim, new = (desk.builder.record() for _ in range(3))
    desk.connect(item)
    desk.keep(old, victim)
    outcomes, left = desk.disk.store_pending((chained, old), ((old.txid, (victim.txid,)),), 7)
    assert (outcomes, left) == ((Stored.CHAINED, Stored.PENDING), ())
    outcomes, left = desk.disk.store_pending((new,), ((new.txid, (victim.txid, bytes(32))),), 7)
    assert (outcomes, left) == ((Stored.ACCEPTED,), (victim.txid,))
    assert desk.disk.pending() == [old, new]
    assert desk.told()[-2:] == [
        ("accepted", {"txids": [new.txid]}),
        ("evicted", {"txid": victim.txid, "reason": "displaced"}),
    ]
    assert [each.transaction for each in desk.disk.load_pending(2)] == [new]
    assert [each.transaction for each in desk.disk.restore().pending] == [old, new]


def test_what_is_too_old_expires(desk: Desk) -> None:
    old, young = desk.builder.record(), desk.builder.record()
    desk.keep(old, wall_ms=9)
    desk.keep(young, wall_ms=10)
    assert desk.disk.expire_pending(10) == (old.txid,)
    assert desk.disk.pending() == [young]
    assert desk.told()[-1] == ("evicted", {"txid": old.txid, "reason": "expired"})


def test_reads_give_as_much_as_fits_but_at_least_one(desk: Desk) -> None:
    chain = desk.chain(1, 1)
    desk.connect(*chain)
    waiting = desk.builder.record()
    desk.keep(waiting)
    blocks = [item.block.encode() for item in chain]
    wanted = (*hashes(chain), bytes(32))
    size = len(blocks[0]) + len(blocks[1])
    assert desk.disk.load_blocks(wanted, size) == (*blocks, None)
    assert desk.disk.load_blocks(wanted, size - 1) == (blocks[0],)
    assert desk.disk.load_blocks(wanted, 0) == (blocks[0],)

    records = [item.block.transactions[0] for item in chain] + [waiting]
    txids = tuple(each.txid for each in records)
    contents = tuple(each.content for each in records)
    assert desk.disk.load_contents((*txids, bytes(32)), NO_LIMIT) == (*contents, None)
    assert desk.disk.load_contents(txids, len(contents[0] or b"") + 1) == contents[:1]

    first = desk.disk.load_events(0, 1)
    assert desk.disk.load_events(0, 9, len(first[0].data)) == first
    assert desk.disk.load_events(0, 9, 0) == first
    assert [each.number for each in desk.disk.load_events(1, 2)] == [2, 3]


def test_contents_are_filled_in_and_forgotten(desk: Desk) -> None:
    (item,) = desk.chain(2)
    whole = item.block
    bare = StagedBlock(whole.with_contents({0: None, 1: None}), item.work, item.chain_time)
    desk.connect(bare)
    desk.disk.fill_contents(whole.hash, ((0, whole.transactions[0].content or b""),))
    desk.disk.fill_contents(bytes(32), ((0, b""),))
    assert desk.disk.blocks() == [whole.with_contents({1: None})]
    desk.disk.commit_chain((item,), (), (), 5)
    assert desk.disk.blocks() == [whole]
    desk.disk.commit_chain((bare,), (), (), 5)
    assert desk.disk.blocks() == [whole]

    waiting = desk.builder.record()
    desk.keep(waiting)
    txids = (whole.transactions[0].txid, waiting.txid)
    assert desk.disk.forget_contents(txids) == (waiting.txid,)
    assert desk.disk.blocks() == [whole.with_contents({0: None})]
    assert desk.disk.restore().forgotten == set(txids)
    assert desk.told()[-1] == ("evicted", {"txid": waiting.txid, "reason": "forgotten"})


def test_a_record_is_proven_where_it_stands(desk: Desk) -> None:
    chain = desk.chain(1, 0, 1)
    desk.connect(*chain)
    low, _, top = (item.block for item in chain)
    waiting = desk.builder.record()
    desk.keep(waiting)
    for block, head in ((low, None), (low, low.hash), (low, chain[1].block.hash), (top, None)):
        txid = block.transactions[0].txid
        receipt = desk.disk.prove(txid, head)
        assert isinstance(receipt, Receipt)
        proven = receipt.verify(desk.builder.network, txid, head or top.hash)
        assert (proven.block, proven.position) == (block.header, 1)
    assert desk.disk.prove(waiting.txid, None) is Unproven.PENDING
    assert desk.disk.prove(bytes(32), None) is Unproven.UNKNOWN
    assert desk.disk.prove(low.transactions[0].txid, bytes(32)) is Unproven.NOT_CONNECTED
    assert desk.disk.prove(top.transactions[0].txid, low.hash) is Unproven.TOO_LOW
