"""Two strangers who meet a hostile node, tell it of an honest chain, and keep what it says."""

from typing import TypeVar

from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.sim.topology import PORT
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.new_block import NewBlock

H = TypeVar("H", bound=Hostile)
M = TypeVar("M", bound=Message)
ANSWER_MS = 200


class Den:
    """The first stranger tells of the chain; both are listened to."""

    def __init__(self, seed: int = 1) -> None:
        self.stage = Stage(seed)
        self.first, self.second = self.stage.stranger(), self.stage.stranger()

    def bring(self, kind: type[H]) -> H:
        """Have a hostile node dial both strangers, who greet it."""
        address = Address("198.51.100.1", PORT)
        hostile = kind(self.stage.world, self.stage.links, self.stage.network, address)
        hostile.dial([self.first, self.second])
        self.stage.world.run_for(ANSWER_MS)
        for stranger in (self.first, self.second):
            stranger.greet()
        return hostile

    def chain(self, *sizes: int) -> list[StagedBlock]:
        return self.stage.builder.chain(self.stage.builder.genesis, sizes)

    def tell_headers(self, staged: list[StagedBlock]) -> None:
        self.first.say(*(NewBlock(header=item.block.header.encode()) for item in staged))
        self.first.wait(ANSWER_MS)

    def ask(self, question: Message, answer: type[M], who: Stranger | None = None) -> list[M]:
        """Say something as a stranger, and give what comes back of one kind."""
        stranger = who or self.first
        stranger.heard.clear()
        stranger.say(question)
        stranger.wait(ANSWER_MS)
        return stranger.told(answer)
