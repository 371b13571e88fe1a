"""Somebody on the network that is no node: speaks the protocol's frames, and does what its kind wants."""

from dataclasses import replace

from p2pchain.chain.network import Network
from p2pchain.node.events import Address, BytesReceived, ConnectionClosed, ConnectionOpened, Event
from p2pchain.sim.links import Links
from p2pchain.sim.world import EPOCH_MS, World
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.hello import Hello


class Speaker:
    """An end of any number of connections."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Take a place in the network, not connected yet."""
        self.address = address
        self.running = True
        self._world = world
        self._links = links
        self._network = network
        self._wires: dict[int, Connection] = {}
        self._hosts: dict[int, str] = {}
        links.join(self)

    @property
    def connections(self) -> list[int]:
        """The connections that are open, oldest first."""
        return list(self._wires)

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
            time=self._now_ms,
        )
        return replace(honest, **changes)  # type: ignore[arg-type]  # the names of fields are the caller's

    def tell(self, connection: int, *messages: Message) -> None:
        """Send messages on a connection in one go."""
        self._links.send(self, connection, b"".join(encode(message) for message in messages))

    def post(self, event: Event) -> None:
        """Take in something that happened."""
        if isinstance(event, ConnectionOpened):
            self._wires[event.connection] = Connection(Role.PEER)
            self._hosts[event.connection] = event.address.host
            self._opened(event)
        elif isinstance(event, ConnectionClosed):
            self._wires.pop(event.connection, None)
            self._hosts.pop(event.connection, None)
        elif isinstance(event, BytesReceived) and event.connection in self._wires:
            for incoming in self._wires[event.connection].receive(event.data):
                self._hear(event.connection, incoming.message)

    @property
    def _now_ms(self) -> int:
        return EPOCH_MS + self._world.ticks_ms

    def _opened(self, event: ConnectionOpened) -> None:
        """Begin with a connection."""

    def _hear(self, connection: int, message: Message) -> None:
        """Do something about a message."""
