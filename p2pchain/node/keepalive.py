"""Detects peers that are gone without a word, and measures the time to each."""

import random

from p2pchain.errors import OrderError
from p2pchain.node.events import Now
from p2pchain.node.limits import PING_INTERVAL_MS, PINGS_TOGETHER_MS, SILENCE_MAX_MS
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.reach import Reach
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


class WrongPong(OrderError):
    """A pong that no ping asked for."""

    code = "wrong_pong"


class Keepalive:
    """Pings each peer now and then, and gives up one from which nothing comes."""

    def __init__(self, peers: Peers, timers: Timers, rng: random.Random) -> None:
        """Take the connections, and chance for the nonces."""
        self._peers = peers
        self._timers = timers
        self._rng = rng

    def watch(self, peer: Peer, now: Now) -> None:
        """Begin with a connection whose handshake is done."""
        self._ping(peer, now)

    def receive_ping(self, peer: Peer, message: Ping, tag: int | None, now: Now) -> None:
        """Answer with the same nonce."""
        del now
        self._peers.send(peer, Pong(nonce=message.nonce), tag)

    def receive_pong(self, peer: Peer, message: Pong, tag: int | None, now: Now) -> None:
        """Note how long it took.

        Raises:
            WrongPong: its nonce is not that of the ping under way.
        """
        del tag
        if message.nonce != peer.ping_nonce:
            raise WrongPong(f"nonce {peer.ping_nonce}", str(message.nonce))
        peer.ping_nonce = None
        peer.round_trip_ms = now.ticks_ms - peer.ping_sent_ms

    def _ping(self, peer: Peer, now: Now) -> None:
        if peer.state is not State.READY:
            return
        silence_ms = now.ticks_ms - peer.heard_ms
        if silence_ms >= SILENCE_MAX_MS:
            self._peers.dismiss(peer, "silent", f"nothing heard for {silence_ms // 1000} s")
            return
        if peer.ping_nonce is None:
            peer.ping_nonce = self._rng.getrandbits(63)
            peer.ping_sent_ms = now.ticks_ms
            self._peers.send(peer, Ping(nonce=peer.ping_nonce))
        next_ms = now.ticks_ms + PING_INTERVAL_MS
        next_ms += -next_ms % PINGS_TOGETHER_MS
        self._timers.call_at(next_ms, lambda later: self._ping(peer, later), Reach.NOTHING)
