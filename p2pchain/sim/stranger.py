"""A peer played by hand: says what a test tells it to, and keeps what it hears."""

from typing import TypeVar

from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.sim.host import Host
from p2pchain.sim.links import Links
from p2pchain.sim.speaker import Speaker
from p2pchain.sim.world import World
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello

M = TypeVar("M", bound=Message)


class Stranger(Speaker):
    """One end of one connection to a host: the newest."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Take a place in the network, not connected yet."""
        super().__init__(world, links, network, address)
        self.heard: list[Message] = []

    @property
    def closed(self) -> bool:
        """Whether there is no connection, or none any more."""
        return not self._wires

    def dial(self, host: Host) -> None:
        """Connect, and let time pass until the connection is there."""
        self._links.dial(self, host.address)
        if not self._world.run_until_true(lambda: bool(self._wires), 5_000, 1):
            raise AssertionError(f"{host.address} does not answer")

    def greet(self, hello: Hello | None = None) -> None:
        """Say hello, and let time pass until the host has answered."""
        self.say(hello or self.hello())
        self.wait(200)

    def say(self, *messages: Message) -> None:
        """Send messages in one go."""
        self.say_bytes(b"".join(encode(message) for message in messages))

    def say_bytes(self, data: bytes) -> None:
        """Send any bytes, unless the connection is gone."""
        for connection in self.connections[-1:]:
            self._links.send(self, connection, data)

    def wait(self, ms: int) -> None:
        """Let time pass."""
        self._world.run_until(self._world.ticks_ms + ms)

    def told(self, kind: type[M]) -> list[M]:
        """List what was heard of one kind of message."""
        return [message for message in self.heard if isinstance(message, kind)]

    def farewell(self) -> str:
        """Give the code with which the host said goodbye, or nothing."""
        return "".join(bye.code for bye in self.told(Bye))

    def _hear(self, connection: int, message: Message) -> None:
        del connection
        self.heard.append(message)
