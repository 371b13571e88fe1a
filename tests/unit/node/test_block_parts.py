"""Single transactions of recent blocks, from memory and from disk."""

import msgpack
import pytest

from p2pchain.chain.block import Block
from p2pchain.node.limits import BLOCK_TXS_DEPTH, QUESTIONS_MAX
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock


def answer(block: Block, *places: int) -> BlockTxs:
    """Give some of a block's transactions."""
    return BlockTxs(hash=block.hash, transactions=tuple(block.transactions[each].encode() for each in places))


def grown(stage: Stage, sizes: list[int]) -> tuple[Host, Stranger, list[Block]]:
    """Give a host with a chain of blocks of so many records, and a friend that knows them."""
    host = stage.host()
    friend = stage.friend(host)
    blocks = [staged.block for staged in stage.builder.chain(stage.builder.genesis, sizes)]
    for block in blocks:
        friend.say(NewBlock(block=block.encode()))
        friend.wait(200)
    assert host.tip == blocks[-1].hash
    return host, friend, blocks


def ask(friend: Stranger, block: Block, *places: int) -> BlockTxs:
    friend.say(GetBlockTxs(hash=block.hash, indexes=places))
    friend.wait(200)
    return friend.told(BlockTxs)[-1]


def test_the_newest_from_memory_and_earlier_ones_from_disk(stage: Stage) -> None:
    _, friend, (low, high) = grown(stage, [3, 4])
    assert ask(friend, high, 1, 3) == answer(high, 1, 3)
    assert ask(friend, low, 0, 2) == answer(low, 0, 2)


def test_what_is_not_there_is_answered_with_nothing(stage: Stage) -> None:
    _, friend, (low, high, *_) = grown(stage, [1] + [1] * BLOCK_TXS_DEPTH)
    assert ask(friend, high, 0) == answer(high, 0)
    assert ask(friend, high, 0, 1) == answer(high)
    assert ask(friend, low, 0) == answer(low)
    _, unknown = stage.builder.block(stage.builder.genesis)
    assert ask(friend, unknown, 0) == answer(unknown)


def test_what_was_forgotten_is_left_out(stage: Stage) -> None:
    host, friend, (block,) = grown(stage, [2])
    host.ask(Forget(txids=(block.transactions[0].txid,)))
    friend.wait(500)
    told = ask(friend, block, 0, 1)
    head = msgpack.packb([block.transactions[0].head.raw, None])
    assert told.transactions == (head, block.transactions[1].encode())


def test_who_does_not_wait_for_its_answer(stage: Stage) -> None:
    _, friend, (low, _) = grown(stage, [1, 1])
    friend.say(*[GetBlockTxs(hash=low.hash, indexes=(0,))] * (QUESTIONS_MAX + 1))
    friend.wait(200)
    assert friend.farewell() == "too_much_asked"


def test_who_leaves_before_its_answer(stage: Stage) -> None:
    host, friend, (low, _) = grown(stage, [1, 1])
    connection = next(peer.connection for peer in host.node._parts.peers.nodes())
    friend.say(GetBlockTxs(hash=low.hash, indexes=(0,)))
    while not host.node._parts.block_parts._loading:
        friend.wait(1)
    host.node._parts.peers.remove(connection)
    friend.wait(200)
    assert friend.told(BlockTxs) == []


def test_a_block_that_the_disk_has_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    host, friend, (low, _) = grown(stage, [1, 1])
    monkeypatch.setattr(host.disk, "load_blocks", lambda *_: (None,))
    assert ask(friend, low, 0) == answer(low)


def test_a_block_that_is_read_for_another_question_is_not_taken_for_the_answer(stage: Stage) -> None:
    _, friend, (low, high) = grown(stage, [2, 1])
    friend.say(GetBlocks(hashes=(high.hash,)), GetBlockTxs(hash=low.hash, indexes=(1,)))
    friend.wait(200)
    assert friend.told(BlockTxs) == [answer(low, 1)]
    assert [message.block for message in friend.told(BlockMessage)] == [high.encode()]


@pytest.mark.parametrize("places", [(0,) * 25_000, (1, 0), (0, 1, 1)])
def test_one_question_brings_each_of_them_once(stage: Stage, places: tuple[int, ...]) -> None:
    _, friend, (block,) = grown(stage, [2])
    friend.say(GetBlockTxs(hash=block.hash, indexes=places))
    friend.wait(1_000)
    assert not friend.told(BlockTxs)
    assert friend.farewell() == "contradictory_fields"
