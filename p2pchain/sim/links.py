"""The network of a world: who can reach whom, and what is on its way; latency, bandwidth, cuts, ends left half-open."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from p2pchain.net.dialer import DIAL_TIMEOUT_S
from p2pchain.net.transport import CLOSE_TIMEOUT_S, WRITE_MAX_BYTES
from p2pchain.node.events import (
    Address,
    BytesReceived,
    ConnectionClosed,
    ConnectionOpened,
    DialFailed,
    Direction,
    Event,
    WritesPaused,
    WritesResumed,
)
from p2pchain.sim.pipe import Line, Pipe
from p2pchain.sim.world import World

LATENCY_MS = (1, 40)
DIAL_TIMEOUT_MS = int(DIAL_TIMEOUT_S * 1_000)
CLOSE_TIMEOUT_MS = int(CLOSE_TIMEOUT_S * 1_000)

# 100 Mbit a second.
BYTES_PER_MS = 12_500.0

# By the hosts of two endpoints: whether one can reach the other.
Reach = Callable[[str, str], bool]


class Endpoint(Protocol):
    """A host, as far as the network can see it."""

    address: Address
    running: bool

    def post(self, event: Event) -> None:
        """Take in something that happened."""


@dataclass(slots=True, eq=False)
class End:
    """One end of a connection. `out` carries to the other end; `stranded` where the other one is gone unheard."""

    endpoint: Endpoint
    connection: int
    other: "End" = field(init=False)
    out: Pipe = field(init=False)
    open: bool = True
    stranded: bool = False


class Links:
    """All endpoints, and the connections between them. `bytes_sent` is by the sender's host."""

    def __init__(self, world: World) -> None:
        """Start with no host."""
        self._world = world
        self._endpoints: dict[Address, Endpoint] = {}
        self._ends: dict[int, End] = {}
        self._by_host: defaultdict[str, dict[int, End]] = defaultdict(dict)
        self._lives: Counter[Address] = Counter()
        self._blocked: set[frozenset[str]] = set()
        self._reach: Reach | None = None
        self._rates: dict[str, float] = {}
        self._count = 0
        self.latency_ms = LATENCY_MS
        self.bytes_per_ms = BYTES_PER_MS
        self.bytes_sent: Counter[str] = Counter()

    @property
    def bytes_carried(self) -> int:
        """How many bytes were sent by all."""
        return self.bytes_sent.total()

    def join(self, endpoint: Endpoint) -> None:
        """Connect a host to the network."""
        self._endpoints[endpoint.address] = endpoint

    def cut(self, one: Endpoint, other: Endpoint) -> None:
        """Cut two hosts off from each other; connections between them break in the middle of whatever is on its way."""
        self._blocked.add(frozenset((one.address.host, other.address.host)))
        for end in self._between(one, other):
            self._break(end, "the link was cut")

    def clog(self, one: Endpoint, other: Endpoint) -> None:
        """Let nothing through between two hosts, and tell neither: connections wait."""
        self._blocked.add(frozenset((one.address.host, other.address.host)))
        for end in self._between(one, other):
            end.out.clog()

    def release(self, one: Endpoint, other: Endpoint) -> None:
        """Let two hosts reach each other again."""
        self._blocked.discard(frozenset((one.address.host, other.address.host)))
        self._unclog()

    def part(self, reach: Reach, *, silently: bool) -> None:
        """Let hosts reach only whom `reach` says; their other connections break, or wait silently."""
        self._reach = reach
        for end in list(self._ends.values()):
            if not self._is_cut(end.endpoint, end.other.endpoint):
                continue
            if silently:
                end.out.clog()
            else:
                self._break(end, "the network was parted")

    def heal(self) -> None:
        """Let everyone reach everyone again."""
        self._blocked.clear()
        self._reach = None
        self._unclog()

    def strand(self, one: Endpoint, other: Endpoint) -> None:
        """Break what connects two hosts so that only the first hears of it: the other believes it is connected."""
        for end in self._between(one, other):
            if end.endpoint is one:
                self._strand(end.other)
                self._close_end(end, "reset")

    def slow_down(self, endpoint: Endpoint, bytes_per_ms: float) -> None:
        """Give a host's connections another rate, both ways."""
        self._rates[endpoint.address.host] = bytes_per_ms
        for end in self._of(endpoint):
            for each in (end, end.other):
                each.out.line.bytes_per_ms = self._rate(end.endpoint, end.other.endpoint)

    def dial(self, dialler: Endpoint, address: Address) -> None:
        """Open a connection, or find that it cannot be: soon where nobody listens, later where nothing comes back."""
        target, life = self._endpoints.get(address), self._lives[dialler.address]
        latency_ms = self._world.rng.randint(*self.latency_ms)
        lost = target is not None and self._is_cut(dialler, target)

        def arrive() -> None:
            if not dialler.running or self._lives[dialler.address] != life:
                return
            if lost or target is None or not target.running or self._is_cut(dialler, target):
                dialler.post(DialFailed(address, "no answer" if lost else "connection refused"))
            else:
                self._open(dialler, target, latency_ms)

        self._world.call_later(DIAL_TIMEOUT_MS if lost else latency_ms, arrive)

    def send(self, sender: Endpoint, connection: int, data: bytes) -> None:
        """Carry bytes to the other end; a queue over its bound ends the connection."""
        end = self._ends.get(connection)
        if end is None or end.endpoint is not sender:
            return
        self.bytes_sent[sender.address.host] += len(data)
        end.out.send(data)
        if end.out.queued > WRITE_MAX_BYTES:
            self._break(end, f"more than {WRITE_MAX_BYTES:,} bytes wait to be read by the other side")
        elif end.stranded:
            self._reset(end)

    def close(self, closer: Endpoint, connection: int, reason: str) -> None:
        """Close a connection once what was sent has arrived, or after a second; the other end hears of it."""
        end = self._ends.get(connection)
        if end is not None and end.endpoint is closer:
            end.out.finish(lambda: self._break(end, reason))
            self._world.call_later(CLOSE_TIMEOUT_MS, lambda: self._break(end, reason))

    def pause_reading(self, reader: Endpoint, connection: int) -> None:
        """Let what is sent to an end wait."""
        end = self._ends.get(connection)
        if end is not None and end.endpoint is reader:
            end.other.out.pause_reading()

    def resume_reading(self, reader: Endpoint, connection: int) -> None:
        """Read at an end again."""
        end = self._ends.get(connection)
        if end is not None and end.endpoint is reader:
            end.other.out.resume_reading()

    def crash(self, endpoint: Endpoint, *, silently: bool = False) -> None:
        """End every connection of a host that is gone; after a power cut nobody hears of it."""
        self._lives[endpoint.address] += 1
        for end in self._of(endpoint):
            if silently:
                self._strand(end.other)
                self._close_end(end, "the power was cut")
            else:
                self._break(end, "the host crashed")

    def neighbours(self, endpoint: Endpoint) -> list[Endpoint]:
        """List who is connected to a host, each once."""
        return list(dict.fromkeys(end.other.endpoint for end in self._of(endpoint)))

    def far_end(self, endpoint: Endpoint, connection: int) -> Endpoint | None:
        """Give who is at the other end."""
        end = self._ends.get(connection)
        return end.other.endpoint if end is not None and end.endpoint is endpoint else None

    def longest_queue(self, endpoint: Endpoint) -> int:
        """Give the bytes of the longest of a host's send queues."""
        return max((end.out.queued for end in self._of(endpoint)), default=0)

    def _open(self, dialler: Endpoint, target: Endpoint, latency_ms: int) -> None:
        self._count += 2
        near, far = End(dialler, self._count), End(target, self._count + 1)
        near.other, far.other = far, near
        for end in (near, far):
            self._ends[end.connection] = end
            self._by_host[end.endpoint.address.host][end.connection] = end
            line = Line(latency_ms, latency_ms // 4 + 1, self._rate(dialler, target))
            end.out = self._pipe(end, line)
        origin = Address(dialler.address.host, 50_000 + self._count % 10_000)
        target.post(ConnectionOpened(far.connection, origin, Direction.INBOUND))
        dialler.post(ConnectionOpened(near.connection, target.address, Direction.OUTBOUND))

    def _pipe(self, end: End, line: Line) -> Pipe:
        def deliver(data: bytes) -> None:
            if end.other.endpoint.running:
                end.other.endpoint.post(BytesReceived(end.other.connection, data))

        def mark(paused: bool) -> None:
            kind = WritesPaused if paused else WritesResumed
            end.endpoint.post(kind(end.connection))

        return Pipe(self._world, line, deliver, mark)

    def _reset(self, end: End) -> None:
        """Answer whoever sends on a connection of which the other host, running again, knows nothing."""
        if end.other.endpoint.running and not self._is_cut(end.endpoint, end.other.endpoint):
            self._world.call_later(2 * end.out.line.latency_ms, lambda: self._close_end(end, "reset"))

    def _strand(self, end: End) -> None:
        end.stranded = True
        end.out.clog()

    def _break(self, end: End, reason: str) -> None:
        self._close_end(end, reason)
        if not end.other.stranded:
            self._close_end(end.other, reason)

    def _close_end(self, end: End, reason: str) -> None:
        if not end.open:
            return
        end.open = False
        end.out.open = False
        del self._ends[end.connection]
        del self._by_host[end.endpoint.address.host][end.connection]
        self._world.call_later(0, lambda: self._tell_closed(end, reason))

    @staticmethod
    def _tell_closed(end: End, reason: str) -> None:
        if end.endpoint.running:
            end.endpoint.post(ConnectionClosed(end.connection, reason))

    def _of(self, endpoint: Endpoint) -> list[End]:
        return list(self._by_host.get(endpoint.address.host, {}).values())

    def _between(self, one: Endpoint, other: Endpoint) -> list[End]:
        near = [end for end in self._of(one) if end.other.endpoint.address.host == other.address.host]
        return [each for end in near for each in (end, end.other)]

    def _unclog(self) -> None:
        for end in list(self._ends.values()):
            if not end.stranded and not self._is_cut(end.endpoint, end.other.endpoint):
                end.out.unclog()

    def _is_cut(self, one: Endpoint, other: Endpoint) -> bool:
        hosts = one.address.host, other.address.host
        return frozenset(hosts) in self._blocked or (self._reach is not None and not self._reach(*hosts))

    def _rate(self, one: Endpoint, other: Endpoint) -> float:
        rates = [self._rates.get(each.address.host, self.bytes_per_ms) for each in (one, other)]
        return min(rates)
