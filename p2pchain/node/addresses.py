"""Where other nodes are said to be: bounded, and spread by gossip."""

import ipaddress
import random
from collections.abc import Iterable

from p2pchain.node.actions import SaveAddresses
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import ADDRESSES_MAX, ADDRESSES_PER_MESSAGE
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage


class Addresses:
    """The book of addresses, oldest first."""

    def __init__(self, peers: Peers, outbox: Outbox, rng: random.Random, saved: Iterable[Address]) -> None:
        """Start from the addresses that were saved when the node last stopped."""
        self._peers = peers
        self._outbox = outbox
        self._rng = rng
        self._book: dict[Address, None] = dict.fromkeys(saved)

    def known(self) -> list[Address]:
        """List the addresses in the book."""
        return list(self._book)

    def forget(self, address: Address) -> None:
        """Strike out an address where nobody was met."""
        self._book.pop(address, None)

    def meet(self, peer: Peer) -> None:
        """Note where a node that greeted us listens, and ask it whom it knows."""
        if peer.listening is not None:
            self._note([peer.listening])
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
        del peer, tag, now
        self._note([Address(host, port) for host, port in message.addresses if port and is_host(host)])

    def _note(self, addresses: Iterable[Address]) -> None:
        before = len(self._book)
        self._book.update(dict.fromkeys(addresses))
        while len(self._book) > ADDRESSES_MAX:
            del self._book[self._rng.choice(list(self._book))]
        if len(self._book) != before:
            self._outbox.append(SaveAddresses(tuple(self._book)))


def is_host(host: str) -> bool:
    """Whether a host is a number: a name would make us ask a name server of a stranger's choice."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_multicast)
