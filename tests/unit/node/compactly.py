"""Blocks told of in their compact form, and what is asked for them."""

from p2pchain.chain.block import Block
from p2pchain.node import actions
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.short_id import short_ids


def compact(block: Block) -> NewBlock:
    """Give the compact form of a block."""
    ids = short_ids([each.head.leaf for each in block.transactions], block.hash)
    return NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=tuple(ids))


def answer(block: Block, *places: int) -> BlockTxs:
    """Give some of a block's transactions."""
    return BlockTxs(hash=block.hash, transactions=tuple(block.transactions[each].encode() for each in places))


def stage_block(stage: Stage, host: Host, known: int, count: int) -> Block:
    """Make a block of records of which the host has the first ones pending."""
    records = [stage.builder.record() for _ in range(count)]
    friend = stage.friend(host)
    friend.say(NewTx(transactions=tuple(each.encode() for each in records[:known]), ack=False))
    friend.wait(300)
    return stage.builder.block(stage.builder.genesis, records)[1]


def asked(stranger: Stranger) -> list[tuple[int, ...]]:
    return [message.indexes for message in stranger.told(GetBlockTxs)]


def wanted_whole(*strangers: Stranger) -> int:
    return sum(len(stranger.told(GetBlocks)) for stranger in strangers)


def siblings(stage: Stage, count: int) -> list[Block]:
    return [stage.builder.block(stage.builder.genesis, [stage.builder.record()])[1] for _ in range(count)]


def checks(host: Host) -> list[actions.CheckBlock]:
    """Note which blocks are checked from now on."""
    seen: list[actions.CheckBlock] = []
    perform = host._table[actions.CheckBlock]

    def noted(action: actions.CheckBlock) -> None:
        seen.append(action)
        perform(action)

    host._table[actions.CheckBlock] = noted
    return seen
