"""Strangers who have a chain, tell a host of its headers, and send bodies when they are told to."""

from p2pchain.node.actions import StagedBlock
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain


class Source:
    """A stranger with a chain, that has told a host of its headers."""

    def __init__(self, stage: Stage, host: Host, staged: list[StagedBlock]) -> None:
        self.stranger = stage.stranger()
        self.served = 0
        self._staged = staged
        self._told = 0
        self._blocks = {item.block.hash: item.block for item in staged}
        self.stranger.dial(host)
        tip = staged[-1]
        work = tip.work.to_bytes(32, "big")
        self.stranger.greet(self.stranger.hello(height=tip.block.height, tip=tip.block.hash, work=work))
        self.tell()

    def tell(self) -> None:
        """Answer what was asked for headers."""
        tip = self._staged[-1].block
        while len(self.stranger.told(GetChain)) > self._told:
            start = self._told * 500
            items = tuple(item.block.header.encode() for item in self._staged[start : start + 500])
            self.stranger.say(
                Chain(what="headers", start=start + 1, items=items, height=tip.height, tip=tip.hash)
            )
            self._told += 1
            self.stranger.wait(100)

    def asked(self) -> list[bytes]:
        return [each for message in self.stranger.told(GetBlocks) for each in message.hashes]

    def serve(self) -> None:
        """Answer everything that was asked and is not answered yet."""
        pending = self.asked()[self.served :]
        self.served += len(pending)
        self.stranger.say(*(BlockMessage(block=self._blocks[each].encode()) for each in pending))
        self.stranger.wait(300)


def height(host: Host) -> int:
    return host.node.status(host.now()).height
