"""Where other nodes are said to be: bounded, and spread by gossip."""

import random
from collections.abc import Iterable

from p2pchain.node.actions import SaveAddresses
from p2pchain.node.events import Address, Now
from p2pchain.node.hosts import is_host
from p2pchain.node.limits import ADDRESSES_MAX, ADDRESSES_PER_MESSAGE, ADDRESSES_SAVE_MS
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.saving import Saving
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage


class Addresses:
    """The book of addresses, oldest first."""

    def __init__(
        self,
        peers: Peers,
        named: Named,
        outbox: Outbox,
        timers: Timers,
        rng: random.Random,
        saved: Iterable[Address],
    ) -> None:
        """Start from the addresses that were saved when the node last stopped."""
        self._peers = peers
        self._named = named
        self._outbox = outbox
        self._rng = rng
        self._book: dict[Address, None] = dict.fromkeys(saved)
        self._saving = Saving(timers, ADDRESSES_SAVE_MS, self._save)

    def known(self) -> list[Address]:
        """List the addresses in the book."""
        return list(self._book)

    def forget(self, address: Address) -> bool:
        """Strike out an address where nobody was met. Says whether it was in the book."""
        known = address in self._book
        self._book.pop(address, None)
        return known

    def save(self) -> None:
        """Save the book, and whom the operator named, at once: the operator changed something."""
        self._saving.at_once()

    def flush(self) -> None:
        """Save what is not saved yet: the node stops."""
        self._saving.flush()

    def meet(self, peer: Peer, now: Now) -> None:
        """Note where a node that greeted us listens, and ask it whom it knows."""
        if peer.listening is not None:
            self._note([peer.listening], now)
        self._peers.send(peer, GetPeers())

    def receive_get_peers(self, peer: Peer, message: GetPeers, tag: int | None, now: Now) -> None:
        """Tell a random part of the book, but not the asker's own address."""
        del message, now
        others = [address for address in self._book if address != peer.listening]
        told = self._rng.sample(others, min(len(others), ADDRESSES_PER_MESSAGE))
        answer = PeersMessage(addresses=tuple((address.host, address.port) for address in told))
        self._peers.send(peer, answer, tag)

    def receive_peers(self, peer: Peer, message: PeersMessage, tag: int | None, now: Now) -> None:
        """Note what a peer tells; what is no address of a node is passed over."""
        del peer, tag
        self._note([Address(host, port) for host, port in message.addresses if port and is_host(host)], now)

    def _note(self, addresses: Iterable[Address], now: Now) -> None:
        before = len(self._book)
        self._book.update(dict.fromkeys(each for each in addresses if not self._named.is_removed(each)))
        while len(self._book) > ADDRESSES_MAX:
            del self._book[self._rng.choice(list(self._book))]
        if len(self._book) != before:
            self._saving.soon(now)

    def _save(self) -> None:
        self._outbox.append(SaveAddresses(tuple(self._book), self._named.added, self._named.removed))
