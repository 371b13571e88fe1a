"""A block is told of before it is a tip."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import WritesPaused, WritesResumed
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.short_id import short_ids


def staged(stage: Stage, count: int, size: int = 400) -> Block:
    """A block that is worth telling of in its compact form if it has a dozen records."""
    return stage.builder.block(
        stage.builder.genesis, [stage.builder.record(bytes(size)) for _ in range(count)]
    )[1]


@pytest.mark.parametrize("known", [0, 5, 12])
def test_a_large_block_is_told_compact_whatever_one_was_told_of(stage: Stage, known: int) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block = staged(stage, 12)
    sender.say(NewTx(transactions=tuple(each.encode() for each in block.transactions[:known]), ack=False))
    sender.wait(300)
    sender.say(NewBlock(block=block.encode()))
    while not other.told(NewBlock):
        other.wait(1)
    assert host.tip == stage.network.genesis.hash
    sender.wait(300)
    (told,) = other.told(NewBlock)
    assert (told.block, told.header, told.coinbase) == (None, block.header.encode(), block.coinbase.encode())
    assert told.short_ids == tuple(short_ids([each.head.leaf for each in block.transactions], block.hash))
    assert sender.told(NewBlock) == []


@pytest.mark.parametrize(("known", "is_compact"), [(2, True), (1, False)])
def test_a_small_block_only_to_who_was_told_of_all(stage: Stage, known: int, is_compact: bool) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block = staged(stage, 2, 50)
    sender.say(NewTx(transactions=tuple(each.encode() for each in block.transactions[:known]), ack=False))
    sender.wait(300)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    (told,) = other.told(NewBlock)
    assert (told.block is None) == is_compact


def test_before_its_signatures_are_checked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.sim.host.CHECK_MS", (400, 400))
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block = staged(stage, 12)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(600)
    assert len(other.told(NewBlock)) == 1
    other.say(GetBlockTxs(hash=block.hash, indexes=(3,)))
    other.wait(100)
    blocks = host.node._parts.blocks
    assert [blocks.unsigned and blocks.unsigned.block] == [block]
    assert [each.transactions for each in other.told(BlockTxs)] == [(block.transactions[3].encode(),)]
    other.wait(1_000)
    assert host.tip == block.hash
    assert [blocks.unsigned] == [None]
    assert len(other.told(NewBlock)) == 1


def test_what_is_forgotten_meanwhile_is_not_served(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.sim.host.CHECK_MS", (400, 400))
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block = staged(stage, 12)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(500)
    host.ask(Forget(txids=(block.transactions[3].txid,)))
    other.say(GetBlockTxs(hash=block.hash, indexes=(3,)))
    other.wait(100)
    assert [each.transactions for each in other.told(BlockTxs)] == [()]
    other.wait(1_000)
    assert host.tip == block.hash


def test_of_two_children_of_one_tip_only_the_first_is_told_of_before_it_is_on_disk(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    first, second = sorted(
        (stage.builder.block(stage.builder.genesis)[1] for _ in range(2)), key=lambda block: block.hash
    )
    host.disk_full = True
    for block in (second, first):
        sender.say(NewBlock(block=block.encode()))
        sender.wait(300)
    assert host.node.status(host.now()).tip == stage.network.genesis.hash
    (told,) = other.told(NewBlock)
    assert told.header == second.header.encode()
    host.disk_full = False
    other.wait(2 * STORE_PROBE_MS)
    assert host.tip == first.hash


def test_a_block_is_told_of_once_however_much_happens_until_it_is_on_disk(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis)
    sender.say(NewBlock(block=block.encode()))
    while host.node._parts.block_parts.coming is None:
        sender.wait(1)
    assert host.tip == stage.network.genesis.hash
    for peer in host.node._parts.peers.nodes():
        host.post(WritesPaused(peer.connection))
        host.post(WritesResumed(peer.connection))
    assert host.tip == stage.network.genesis.hash
    other.wait(300)
    assert host.tip == block.hash
    assert len(other.told(NewBlock)) == 1


def test_its_parts_are_served_until_there_is_another_tip_though_it_was_condemned(stage: Stage) -> None:
    """Who was told of it and asks only now would wait a minute for a block that nobody has any more."""
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    genuine = stage.builder.record(bytes(5_000))
    raw = bytes([genuine.head.raw[0] ^ 1]) + genuine.head.raw[1:]
    forged = Transaction.from_parts(raw, genuine.content, stage.network.id)
    _, block = stage.builder.block(stage.builder.genesis, [forged])
    ids = tuple(short_ids([forged.head.leaf], block.hash))
    sender.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
    sender.wait(100)
    sender.say(BlockTxs(hash=block.hash, transactions=(forged.encode(),)))
    sender.wait(500)
    assert any("invalid_signature" in line for line in host.reports)
    ask = GetBlockTxs(hash=block.hash, indexes=(0,))
    other.say(ask)
    other.wait(200)
    _, good = stage.builder.block(stage.builder.genesis)
    sender.say(NewBlock(block=good.encode()))
    sender.wait(500)
    assert host.tip == good.hash
    other.say(ask)
    other.wait(200)
    assert [each.transactions for each in other.told(BlockTxs)] == [(forged.encode(),), ()]
