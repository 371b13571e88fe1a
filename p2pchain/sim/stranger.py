"""A peer played by hand: says what a test or a hostile script tells it to, and keeps what it hears."""

from dataclasses import replace
from typing import TypeVar

from p2pchain.chain.network import Network
from p2pchain.node.events import Address, BytesReceived, ConnectionClosed, ConnectionOpened, Event
from p2pchain.sim.host import Host
from p2pchain.sim.links import Links
from p2pchain.sim.world import EPOCH_MS, World
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello

M = TypeVar("M", bound=Message)


class Stranger:
    """One end of one connection to a host."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Take a place in the network, not connected yet."""
        self.address = address
        self.running = True
        self.heard: list[Message] = []
        self.closed = False
        self._world = world
        self._links = links
        self._network = network
        self._connection = 0
        self._wire = Connection(Role.PEER)
        links.join(self)

    def dial(self, host: Host) -> None:
        """Connect, and let time pass until the connection is there."""
        self._links.dial(self, host.address)
        if not self._world.run_until_true(lambda: self._connection != 0, 5_000, 1):
            raise AssertionError(f"{host.address} does not answer")

    def greet(self, hello: Hello | None = None) -> None:
        """Say hello, and let time pass until the host has answered."""
        self.say(hello or self.hello())
        self.wait(200)

    def hello(self, **changes: object) -> Hello:
        """Give the hello of an honest node that knows only genesis, with some fields changed."""
        genesis = self._network.genesis
        honest = Hello(
            protocol=1,
            network=self._network.id,
            agent="stranger",
            node=self.address.host.encode().ljust(16, b"\0"),
            listen=self.address.port,
            height=0,
            tip=genesis.hash,
            work=genesis.work.to_bytes(32, "big"),
            time=EPOCH_MS + self._world.ticks_ms,
        )
        return replace(honest, **changes)  # type: ignore[arg-type]  # the names of fields are the caller's

    def say(self, *messages: Message) -> None:
        """Send messages in one go."""
        self.say_bytes(b"".join(encode(message) for message in messages))

    def say_bytes(self, data: bytes) -> None:
        """Send any bytes."""
        self._links.send(self, self._connection, data)

    def wait(self, ms: int) -> None:
        """Let time pass."""
        self._world.run_until(self._world.ticks_ms + ms)

    def told(self, kind: type[M]) -> list[M]:
        """List what was heard of one kind of message."""
        return [message for message in self.heard if isinstance(message, kind)]

    def farewell(self) -> str:
        """Give the code with which the host said goodbye, or nothing."""
        return "".join(bye.code for bye in self.told(Bye))

    def post(self, event: Event) -> None:
        """Take in something that happened."""
        if isinstance(event, ConnectionOpened):
            self._connection = event.connection
            self._wire = Connection(Role.PEER)
            self.closed = False
        elif isinstance(event, ConnectionClosed):
            self.closed = True
            self._connection = 0
        elif isinstance(event, BytesReceived):
            self.heard.extend(incoming.message for incoming in self._wire.receive(event.data))
