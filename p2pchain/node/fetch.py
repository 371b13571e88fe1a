"""Asks for transactions that peers named: each of one of them at a time, of another where that one does not send it."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from p2pchain.node.confirmed import Confirmed
from p2pchain.node.events import Direction, Now
from p2pchain.node.limits import (
    NAMED_PER_PEER,
    TX_TIMEOUT_MS,
    TX_WAIT_MS,
    TXS_IN_FLIGHT_PER_PEER,
)
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.reach import Reach
from p2pchain.node.relay import Relay
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers
from p2pchain.node.tombstones import Tombstones
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx


@dataclass(slots=True, eq=False)
class _Named:
    """A transaction that is not here: who named it and was not asked yet, and who is asked, or when to ask."""

    due_ms: int
    namers: list[int] = field(default_factory=list)
    asked: int | None = None


class Fetch:
    """What was named and is not here, in the order in which it was named first."""

    def __init__(
        self,
        mempool: Mempool,
        tombstones: Tombstones,
        relay: Relay,
        peers: Peers,
        health: StoreHealth,
        timers: Timers,
    ) -> None:
        """Start with nothing named."""
        self._mempool = mempool
        self._tombstones = tombstones
        self._relay = relay
        self._peers = peers
        self._health = health
        self._timers = timers
        self._named: dict[bytes, _Named] = {}
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._asked: deque[tuple[int, bytes, int]] = deque()
        self._names: Counter[int] = Counter()
        self._in_flight: Counter[int] = Counter()
        self._confirmed = Confirmed()
        self._look_ms: int | None = None

    @property
    def confirmed_count(self) -> int:
        """How many confirmed txids are remembered."""
        return len(self._confirmed)

    def names_of(self, connection: int) -> int:
        """Count what a connection named, is not here, and was not asked of it."""
        return self._names[connection]

    def in_flight_of(self, connection: int) -> int:
        """Count what a connection is asked for."""
        return self._in_flight[connection]

    def receive(self, peer: Peer, message: HaveTx, tag: int | None, now: Now) -> None:
        """Note what a peer has; what is not here is asked for after a moment, for a push may be on its way."""
        del tag
        if not peer.is_node:
            return
        for txid in message.txids:
            self._relay.heard(peer, txid)
            if txid not in self._mempool and txid not in self._confirmed and txid not in self._tombstones:
                self._note(peer, txid, now)
        self._look_later(now)

    def seen(self, peer: Peer, txid: bytes) -> None:
        """Note that a transaction has come in, asked for or not."""
        if peer.is_node:
            self._relay.heard(peer, txid)
        self._drop(txid)

    def confirmed(self, txids: Sequence[bytes]) -> None:
        """Remember for a while what has gone into the chain: others may name it still."""
        for txid in [txid for txid in txids if txid in self._named]:
            self._drop(txid)
        self._confirmed.add(txids)

    def gone(self, peer: Peer, now: Now) -> None:
        """Ask others for what was asked of a peer that is gone."""
        for txid, named in self._named.items():
            if named.asked == peer.connection:
                named.asked, named.due_ms = None, now.ticks_ms
                self._waiting.appendleft((named.due_ms, txid))
            elif peer.connection in named.namers:
                named.namers.remove(peer.connection)
        del self._in_flight[peer.connection]
        del self._names[peer.connection]
        self._look_later(now)

    def _note(self, peer: Peer, txid: bytes, now: Now) -> None:
        if self._names[peer.connection] >= NAMED_PER_PEER:
            return
        named = self._named.get(txid)
        if named is None:
            named = self._named[txid] = _Named(now.ticks_ms + TX_WAIT_MS)
            self._waiting.append((named.due_ms, txid))
        if peer.connection != named.asked and peer.connection not in named.namers:
            dialled = peer.direction is Direction.OUTBOUND
            named.namers.insert(0 if dialled else len(named.namers), peer.connection)
            self._names[peer.connection] += 1

    def _drop(self, txid: bytes) -> None:
        named = self._named.pop(txid, None)
        if named is not None:
            self._names.subtract(named.namers)
            self._take_back(named)

    def _take_back(self, named: _Named) -> None:
        if named.asked is not None and self._in_flight[named.asked]:
            self._in_flight[named.asked] -= 1
        named.asked = None

    def _look(self, now: Now) -> None:
        """Ask for what is due: named a moment ago, or asked of somebody who did not send it in time."""
        if self._look_ms is None or now.ticks_ms < self._look_ms:
            return
        self._look_ms = None
        due: dict[bytes, None] = {}
        while self._asked and self._asked[0][0] <= now.ticks_ms:
            _, txid, connection = self._asked.popleft()
            named = self._named.get(txid)
            if named is not None and named.asked == connection:
                self._take_back(named)
                due[txid] = None
        while self._waiting and self._waiting[0][0] <= now.ticks_ms:
            due_ms, txid = self._waiting.popleft()
            named = self._named.get(txid)
            # What came, was not kept and is named again has another turn: the old one must not go on beside it.
            if named is not None and named.due_ms == due_ms:
                due[txid] = None
        self._ask(due, now)
        self._look_later(now)

    def _ask(self, due: Iterable[bytes], now: Now) -> None:
        batches: dict[int, list[bytes]] = {}
        for txid in due:
            named = self._named[txid]
            connection = self._turn(named) if self._health.takes else None
            if connection is not None:
                batches.setdefault(connection, []).append(txid)
                self._asked.append((now.ticks_ms + TX_TIMEOUT_MS, txid, connection))
            elif named.namers:
                named.due_ms = now.ticks_ms + TX_WAIT_MS
                self._waiting.append((named.due_ms, txid))
            else:
                self._drop(txid)
        for connection, txids in batches.items():
            peer = self._peers.get(connection)
            if peer is not None:
                self._peers.send(peer, GetTx(txids=tuple(txids)))

    def _turn(self, named: _Named) -> int | None:
        """Turn to the first who named it and may be asked for more."""
        for connection in named.namers:
            if self._in_flight[connection] < TXS_IN_FLIGHT_PER_PEER:
                named.namers.remove(connection)
                self._names[connection] -= 1
                named.asked = connection
                self._in_flight[connection] += 1
                return connection
        return None

    def _look_later(self, now: Now) -> None:
        firsts = [queue[0][0] for queue in (self._waiting, self._asked) if queue]
        look_ms = max(min(firsts, default=0), now.ticks_ms + 1)
        if firsts and (self._look_ms is None or look_ms < self._look_ms):
            self._look_ms = look_ms
            self._timers.call_at(look_ms, self._look, Reach.NOTHING)
