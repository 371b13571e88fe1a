"""Blocks that come without contents, and those who have them: told of, asked and answered."""

from p2pchain.node.actions import StagedBlock
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock

WAIT_MS = 300


def bare(item: StagedBlock) -> NewBlock:
    """Announce a block without any content."""
    places = range(len(item.block.transactions))
    return NewBlock(block=item.block.with_contents(dict.fromkeys(places)).encode())


def contents_of(item: StagedBlock) -> Contents:
    return Contents(contents=tuple(each.content for each in item.block.transactions))


def asked(stranger: Stranger) -> list[tuple[bytes, ...]]:
    return [message.txids for message in stranger.told(GetContents)]


def chain(stage: Stage, *sizes: int) -> list[StagedBlock]:
    return stage.builder.chain(stage.builder.genesis, sizes)


def announce(host: Host, friend: Stranger, *messages: NewBlock) -> None:
    for message in messages:
        friend.say(message)
        friend.wait(WAIT_MS)
    assert not friend.closed
    assert host.running
