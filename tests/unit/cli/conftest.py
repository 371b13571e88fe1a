"""A simulated node with a chain, and a client that asks it what commands ask."""

from typing import TypeVar, cast

import pytest

from p2pchain.chain.block import Block
from p2pchain.client.client import Client
from p2pchain.errors import NodeError
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.network import NetworkMessage

M = TypeVar("M", bound=Message)
ANSWER_MS = 300


class Asked:
    """A node whose chain has three blocks, asked over its peers' door but for its network's file."""

    def __init__(self) -> None:
        self.stage = Stage()
        staged = self.stage.builder.chain(self.stage.builder.genesis, [2, 0, 1])
        self.blocks: list[Block] = [item.block for item in staged]
        self.host = self.stage.host()
        self.host.crash()
        self.host.disk.commit_chain(tuple(staged), (), tuple(block.hash for block in self.blocks), 0)
        self.host.boot()
        self.friend = self.stage.friend(self.host)

    def withhold(self, place: int) -> None:
        """Have the node hold none of a block's contents, as if nobody had had them for it."""
        block = self.blocks[place]
        bare = block.with_contents(dict.fromkeys(range(len(block.transactions))))
        self.host.disk._blocks[block.hash] = bare

    @property
    def client(self) -> Client:
        return cast(Client, self)

    async def request(self, message: Message, answer: type[M]) -> M:
        if isinstance(message, GetNetwork):
            found: Message = NetworkMessage(toml=self.stage.network.to_toml())
        else:
            self.friend.heard.clear()
            self.friend.say(message)
            self.friend.wait(ANSWER_MS)
            found = next(each for each in self.friend.heard if isinstance(each, answer | ErrorMessage))
        if isinstance(found, ErrorMessage):
            raise NodeError(found.reason, code=found.code)
        assert isinstance(found, answer)
        return found


@pytest.fixture
def asked() -> Asked:
    return Asked()
