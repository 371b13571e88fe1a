"""Connections between simulated hosts: latency, any split of the bytes, cuts in mid-frame."""

from dataclasses import dataclass
from typing import Protocol

from p2pchain.node.events import (
    Address,
    BytesReceived,
    ConnectionClosed,
    ConnectionOpened,
    DialFailed,
    Direction,
    Event,
)
from p2pchain.sim.world import World

LATENCY_MS = (1, 40)
DIAL_TIMEOUT_MS = 3_000


class Endpoint(Protocol):
    """A host, as far as the network can see it."""

    address: Address
    running: bool

    def post(self, event: Event) -> None:
        """Take in something that happened."""


@dataclass(slots=True, eq=False)
class _Half:
    """One end of a connection; bytes sent at this end arrive at `other`, in order."""

    endpoint: Endpoint
    connection: int
    other: "_Half | None" = None
    latest_ms: int = 0
    open: bool = True


class Links:
    """The network of a world: who can reach whom, and what is on its way."""

    def __init__(self, world: World) -> None:
        """Start with no host."""
        self._world = world
        self._endpoints: dict[Address, Endpoint] = {}
        self._halves: dict[tuple[Address, int], _Half] = {}
        self._cut: set[frozenset[str]] = set()
        self._count = 0
        self.bytes_carried = 0

    def join(self, endpoint: Endpoint) -> None:
        """Connect a host to the network."""
        self._endpoints[endpoint.address] = endpoint

    def cut(self, one: Endpoint, other: Endpoint) -> None:
        """Cut two hosts off from each other; connections between them break in the middle of whatever is on its way."""
        self._cut.add(frozenset((one.address.host, other.address.host)))
        for half in list(self._halves.values()):
            if half.other is not None and {half.endpoint, half.other.endpoint} == {one, other}:
                self._break(half, "the link was cut")

    def heal(self) -> None:
        """Let everyone reach everyone again."""
        self._cut.clear()

    def dial(self, dialler: Endpoint, address: Address) -> None:
        """Open a connection, or find after a while that it cannot be."""
        target = self._endpoints.get(address)
        if target is None or not target.running or self._is_cut(dialler, target):
            delay_ms = self._world.rng.randint(1, DIAL_TIMEOUT_MS)
            self._world.call_later(delay_ms, lambda: dialler.post(DialFailed(address, "unreachable")))
            return
        self._world.call_later(self._latency_ms(), lambda: self._open(dialler, target))

    def send(self, sender: Endpoint, connection: int, data: bytes) -> None:
        """Carry bytes to the other end, in pieces."""
        half = self._halves.get((sender.address, connection))
        if half is None or not half.open or half.other is None:
            return
        self.bytes_carried += len(data)
        other = half.other
        half.latest_ms = max(half.latest_ms, self._world.ticks_ms + self._latency_ms())
        cut = self._world.rng.randint(0, len(data))
        for piece in (data[:cut], data[cut:]):
            if piece:
                self._world.call_at(half.latest_ms, lambda piece=piece: self._arrive(other, piece))  # type: ignore[misc]  # mypy cannot type a default of a lambda

    def close(self, closer: Endpoint, connection: int, reason: str) -> None:
        """Close one end once what was sent has arrived; the other end hears of it."""
        half = self._halves.get((closer.address, connection))
        if half is not None:
            delay_ms = max(half.latest_ms - self._world.ticks_ms, 0)
            self._world.call_later(delay_ms, lambda: self._break(half, reason))

    def crash(self, endpoint: Endpoint) -> None:
        """Break every connection of a host that is gone."""
        for half in list(self._halves.values()):
            if half.endpoint is endpoint:
                self._break(half, "the host crashed")

    def _open(self, dialler: Endpoint, target: Endpoint) -> None:
        if not (dialler.running and target.running) or self._is_cut(dialler, target):
            if dialler.running:
                dialler.post(DialFailed(target.address, "unreachable"))
            return
        self._count += 2
        near, far = _Half(dialler, self._count), _Half(target, self._count + 1)
        near.other, far.other = far, near
        for half in (near, far):
            self._halves[half.endpoint.address, half.connection] = half
        origin = Address(dialler.address.host, 50_000 + self._count % 10_000)
        target.post(ConnectionOpened(far.connection, origin, Direction.INBOUND))
        dialler.post(ConnectionOpened(near.connection, target.address, Direction.OUTBOUND))

    def _arrive(self, half: _Half, piece: bytes) -> None:
        if half.open and half.endpoint.running:
            half.endpoint.post(BytesReceived(half.connection, piece))

    def _break(self, half: _Half, reason: str) -> None:
        for end in (half, half.other):
            if end is not None and end.open:
                end.open = False
                self._halves.pop((end.endpoint.address, end.connection), None)
                self._world.call_later(0, lambda end=end: self._tell_closed(end, reason))  # type: ignore[misc]  # mypy cannot type a default of a lambda

    @staticmethod
    def _tell_closed(half: _Half, reason: str) -> None:
        if half.endpoint.running:
            half.endpoint.post(ConnectionClosed(half.connection, reason))

    def _is_cut(self, one: Endpoint, other: Endpoint) -> bool:
        return frozenset((one.address.host, other.address.host)) in self._cut

    def _latency_ms(self) -> int:
        return self._world.rng.randint(*LATENCY_MS)
