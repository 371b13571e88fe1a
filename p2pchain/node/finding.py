"""Peers found by gossip: which of the book's addresses are dialled, so that they are spread over the network."""

from collections import Counter

from p2pchain.node.access import Access
from p2pchain.node.actions import Dial
from p2pchain.node.addresses import Addresses
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.hosts import group_of
from p2pchain.node.limits import GOSSIP_DIAL_EVERY_MS, GOSSIP_LOOK_EVERY_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers


class Finding:
    """Keeps up to `outbound_max` connections to nodes that nobody named, each in a group of its own.

    Only where the book has no other group, one group has several. Then, when another group turns up, it is tried beside
    them, and one of the several makes room once somebody was met there.
    """

    def __init__(
        self,
        outbound_max: int,
        peers: Peers,
        access: Access,
        addresses: Addresses,
        outbox: Outbox,
        timers: Timers,
    ) -> None:
        """Start with nobody found."""
        self._outbound_max = outbound_max
        self._peers = peers
        self._access = access
        self._addresses = addresses
        self._outbox = outbox
        self._timers = timers
        self._found: dict[Address, str] = {}
        self._is_doubled = False
        self._next_ms = 0
        self._read_version = -1
        self._read_again_ms = 0
        self._alarm_ms: int | None = None

    def __contains__(self, address: object) -> bool:
        """Whether an address is dialled, or connected, because it was found."""
        return address in self._found

    def drop(self, address: Address) -> bool:
        """Leave an address to the operator, who names or removes it. Says whether it was dialled or connected."""
        found = self._found.pop(address, None) is not None
        self._is_doubled = len(set(self._found.values())) < len(self._found)
        return found

    def failed(self, address: Address, now: Now) -> None:
        """Look for another: a dialling came to nothing, or its connection is gone."""
        if self.drop(address):
            self._addresses.failed(address, now)

    def succeeded(self, address: Address) -> None:
        """Note that a handshake was completed with an address, and let go of a double that it replaces."""
        connected = [peer for peer in self._peers.all() if self._is_connected(peer)]
        if address in self._found and len(connected) > self._outbound_max:
            groups = Counter(self._found[peer.address] for peer in connected)
            (largest, _), *_ = groups.most_common(1)
            peer = [peer for peer in connected if self._found[peer.address] == largest][-1]
            self._peers.dismiss(peer, "too_many", "a peer of another part of the network took this place")

    @property
    def has_all(self) -> bool:
        """Whether nobody is looked for."""
        missing = self._outbound_max - len(self._found)
        return self._outbound_max == 0 or missing < 0 or (missing == 0 and not self._is_doubled)

    def settle(self, connected: set[Address | None], now: Now) -> None:
        """Dial one more address where some are missing."""
        if self.has_all:
            return
        book = self._addresses.book
        is_read = book.version == self._read_version
        turn_ms = max(self._next_ms, self._read_again_ms if is_read else 0)
        if now.ticks_ms < turn_ms:
            self._call_at(turn_ms)
            return
        taken = set(self._found.values())
        address = book.choose(
            now,
            taken,
            lambda address: self._is_free(address, connected, now),
            doubles=len(self._found) < self._outbound_max,
        )
        if address is not None:
            self._dial(address, now)
        else:
            self._read_version, self._read_again_ms = book.version, now.ticks_ms + GOSSIP_LOOK_EVERY_MS
            if len(book):
                self._call_at(self._read_again_ms)

    def _dial(self, address: Address, now: Now) -> None:
        group = group_of(address.host)
        self._is_doubled = self._is_doubled or group in self._found.values()
        self._found[address] = group
        self._next_ms = now.ticks_ms + GOSSIP_DIAL_EVERY_MS
        self._call_at(self._next_ms)
        self._outbox.append(Dial(address))

    def _is_free(self, address: Address, connected: set[Address | None], now: Now) -> bool:
        """Whether an address is nobody's yet, and its host is one to deal with."""
        return not (
            address in connected
            or address in self._found
            or self._addresses.is_given(address)
            or self._access.is_discouraged(address.host)
            or self._access.refusal(address.host, now) is not None
        )

    def _is_connected(self, peer: Peer) -> bool:
        return peer.direction is Direction.OUTBOUND and peer.is_ready and peer.address in self._found

    def _call_at(self, ticks_ms: int) -> None:
        """Ask for one turn, for which one timer is enough."""
        if self._alarm_ms is None or ticks_ms < self._alarm_ms:
            self._alarm_ms = ticks_ms
            self._timers.call_at(ticks_ms, self._look_again)

    def _look_again(self, now: Now) -> None:
        del now
        self._alarm_ms = None
