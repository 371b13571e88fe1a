"""Detects peers that are gone without a word, and measures the time to each and how far it is with what it was sent."""

import random

from p2pchain.errors import OrderError
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.events import Now
from p2pchain.node.limits import (
    PING_INTERVAL_MS,
    PINGS_TOGETHER_MS,
    PUSHED_PER_PING,
    PUSHES_OPEN_MAX,
    SILENCE_MAX_MS,
)
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.reach import Reach
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


class WrongPong(OrderError):
    """A pong that no ping asked for."""

    code = "wrong_pong"


class Keepalive:
    """Pings each peer now and then, and behind what it is pushed; gives up one from which nothing comes.

    A pong comes once its sender is done with what stood before the ping: what was pushed since then, and no more, may
    still be in a socket's buffers, where a block would have to stand in line behind it.
    """

    def __init__(self, peers: Peers, load: Backpressure, timers: Timers, rng: random.Random) -> None:
        """Take the connections, and chance for the nonces."""
        self._peers = peers
        self._load = load
        self._timers = timers
        self._rng = rng

    def watch(self, peer: Peer, now: Now) -> None:
        """Begin with a connection whose handshake is done."""
        self._look(peer, now)

    def may_push(self, peer: Peer) -> bool:
        """Whether a peer is not far behind with what it was pushed."""
        return peer.pushed_before_ping + peer.pushed_since_ping < PUSHES_OPEN_MAX

    def pushed(self, peer: Peer, size: int, now: Now) -> None:
        """Note that so many bytes were pushed to a peer."""
        peer.pushed_since_ping += size
        self._ping_behind_pushes(peer, now)

    def receive_pong(self, peer: Peer, message: Pong, tag: int | None, now: Now) -> None:
        """Note how long it took, where the ping did not stand behind much.

        Raises:
            WrongPong: its nonce is not that of the ping under way.
        """
        del tag
        if message.nonce != peer.ping_nonce:
            raise WrongPong(f"nonce {peer.ping_nonce}", str(message.nonce))
        peer.ping_nonce = None
        if not self.may_push(peer):
            self._timers.call_at(now.ticks_ms, lambda _: None, Reach.RECORDS)
        if peer.pushed_before_ping < PUSHED_PER_PING:
            peer.round_trip_ms = now.ticks_ms - peer.ping_sent_ms
        peer.pushed_before_ping = 0
        self._ping_behind_pushes(peer, now)

    def _look(self, peer: Peer, now: Now) -> None:
        if peer.state is not State.READY or self._peers.get(peer.connection) is not peer:
            return
        if not peer.reading:
            peer.heard_ms = now.ticks_ms  # who is not listened to is not silent, however long the disk takes
        silence_ms = now.ticks_ms - peer.heard_ms
        if silence_ms >= SILENCE_MAX_MS:
            self._peers.dismiss(peer, "silent", f"nothing heard for {silence_ms // 1000} s")
            return
        # Then, too, the other side has to see that we live.
        self._load.answer(peer)
        if peer.ping_nonce is None:
            self._ping(peer, now)
        next_ms = now.ticks_ms + PING_INTERVAL_MS
        next_ms += -next_ms % PINGS_TOGETHER_MS
        self._timers.call_at(next_ms, lambda later: self._look(peer, later), Reach.NOTHING)

    def _ping_behind_pushes(self, peer: Peer, now: Now) -> None:
        if peer.ping_nonce is None and peer.pushed_since_ping >= PUSHED_PER_PING:
            self._ping(peer, now)

    def _ping(self, peer: Peer, now: Now) -> None:
        peer.ping_nonce = self._rng.getrandbits(63)
        peer.ping_sent_ms = now.ticks_ms
        peer.pushed_before_ping, peer.pushed_since_ping = peer.pushed_since_ping, 0
        self._peers.send(peer, Ping(nonce=peer.ping_nonce))
