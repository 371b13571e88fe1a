"""Headers whose time has not come: a few are kept, and come in again by themselves when it has."""

from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.chain import rules
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.node.events import Now
from p2pchain.node.limits import FUTURE_HELD_MS, HELD_BYTES_MAX, HELD_LOOK_MS, HELD_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer
from p2pchain.node.timers import Timers


@dataclass(slots=True, eq=False)
class HeldHeader:
    """A header that keeps all rules but that of the clock, the encoded block if it came whole, and who told of it.

    `source` is the connection that it came from, `tellers` are all that told of it and of no earlier one.
    """

    header: Header
    encoded: bytes | None
    source: int
    tellers: list[int]


class Held:
    """One header a connection and few in all: those whose time comes first."""

    def __init__(self, network: Network, timers: Timers, outbox: Outbox) -> None:
        """Start with none."""
        self._ahead_ms = rules.ahead_max_ms(network)
        self._timers = timers
        self._outbox = outbox
        self._by_hash: dict[bytes, HeldHeader] = {}
        self._due: Callable[[HeldHeader, Now], None] | None = None
        self._look_ms: int | None = None
        self._quiet_until_ms = 0

    def __len__(self) -> int:
        """How many are held."""
        return len(self._by_hash)

    def on_due(self, call: Callable[[HeldHeader, Now], None]) -> None:
        """Say who takes in what has been held; it is called once a header."""
        self._due = call

    def hold(self, header: Header, encoded: bytes | None, peer: Peer, now: Now) -> None:
        """Keep a header, unless its time is too far off, or its peer or all others tell of earlier ones."""
        if header.timestamp > now.wall_ms + FUTURE_HELD_MS:
            self._tell_forgotten(header, peer, now)
            return
        earlier = next((each for each in self._by_hash.values() if peer.connection in each.tellers), None)
        if earlier is not None:
            if earlier.header.hash == header.hash or _age(earlier) <= (header.timestamp, header.hash):
                return
            earlier.tellers.remove(peer.connection)
            if not earlier.tellers:
                del self._by_hash[earlier.header.hash]
        self._enter(header, encoded, peer)
        self._look(now)

    def _tell_forgotten(self, header: Header, peer: Peer, now: Now) -> None:
        """Tell it now and then: one header can be sent again and again, and must not keep all else out of the log."""
        if now.ticks_ms >= self._quiet_until_ms:
            self._quiet_until_ms = now.ticks_ms + HELD_LOOK_MS
            self._outbox.report("info", f"{peer.name}: {_name(header)} forgotten: its time is too far ahead")

    def _enter(self, header: Header, encoded: bytes | None, peer: Peer) -> None:
        known = self._by_hash.get(header.hash)
        if known is not None:
            known.tellers.append(peer.connection)
            return
        if encoded is not None and self._size() + len(encoded) > HELD_BYTES_MAX:
            encoded = None
        self._by_hash[header.hash] = HeldHeader(header, encoded, peer.connection, [peer.connection])
        if len(self._by_hash) > HELD_MAX:
            del self._by_hash[max(self._by_hash.values(), key=_age).header.hash]
        if header.hash in self._by_hash:
            self._outbox.report("info", f"{peer.name}: {_name(header)} held until its time has come")

    def _look(self, now: Now) -> None:
        """Let in whatever is due, and forget what a step of the clock has put too far off."""
        for held in sorted(self._by_hash.values(), key=_age):
            if held.header.timestamp > now.wall_ms + FUTURE_HELD_MS:
                del self._by_hash[held.header.hash]
            elif held.header.timestamp <= now.wall_ms + self._ahead_ms:
                del self._by_hash[held.header.hash]
                if self._due is not None:
                    self._due(held, now)
        self._watch(now)

    def _watch(self, now: Now) -> None:
        """Look again when the first one is due by the clock as it is, or sooner, for it may be set."""
        if not self._by_hash:
            return
        first_ms = min(held.header.timestamp for held in self._by_hash.values())
        look_ms = now.ticks_ms + min(first_ms - self._ahead_ms - now.wall_ms, HELD_LOOK_MS)
        if self._look_ms is None or look_ms < self._look_ms:
            self._look_ms = look_ms
            self._timers.call_at(look_ms, self._wake)

    def _wake(self, now: Now) -> None:
        if self._look_ms is not None and self._look_ms <= now.ticks_ms:
            self._look_ms = None
            self._look(now)

    def _size(self) -> int:
        return sum(len(held.encoded or b"") for held in self._by_hash.values())


def _age(held: HeldHeader) -> tuple[int, bytes]:
    return held.header.timestamp, held.header.hash


def _name(header: Header) -> str:
    return f"block {header.height:,} {header.hash.hex()[:16]}"
