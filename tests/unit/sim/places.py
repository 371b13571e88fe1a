"""Places in a simulated network that keep what happens to them."""

from typing import TypeVar

from p2pchain.node.events import Address, BytesReceived, ConnectionClosed, ConnectionOpened, Event
from p2pchain.sim.links import LATENCY_MS, Links
from p2pchain.sim.world import World

E = TypeVar("E", bound=Event)
SOON_MS = 4 * LATENCY_MS[1]


class Place:
    """An endpoint that keeps what happens to it."""

    def __init__(self, links: Links, number: int) -> None:
        self.address = Address(f"10.0.0.{number}", 1_000 + number)
        self.running = True
        self.events: list[Event] = []
        links.join(self)

    def post(self, event: Event) -> None:
        self.events.append(event)

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def connection(self) -> int:
        return self.told(ConnectionOpened)[-1].connection

    @property
    def received(self) -> bytes:
        return b"".join(event.data for event in self.told(BytesReceived))

    @property
    def ends(self) -> list[str]:
        return [event.reason for event in self.told(ConnectionClosed)]


class Net:
    """Two places with a connection between them, and a third."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.links = Links(self.world)
        self.one, self.other, self.third = (Place(self.links, number) for number in (1, 2, 3))
        self.connect(self.one, self.other)

    def connect(self, dialler: Place, target: Place) -> None:
        self.links.dial(dialler, target.address)
        self.world.run_for(SOON_MS)

    def send(self, sender: Place, data: bytes, wait_ms: int = SOON_MS) -> None:
        self.links.send(sender, sender.connection, data)
        self.world.run_for(wait_ms)
