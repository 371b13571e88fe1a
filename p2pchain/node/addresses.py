"""Gossip about where other nodes are: what is believed, how much of it, and what is told to others."""

from p2pchain.node.actions import SaveAddresses
from p2pchain.node.book import Book
from p2pchain.node.events import Address, Direction, Now
from p2pchain.node.hosts import group_of, is_tellable, may_tell
from p2pchain.node.limits import (
    ADDRESS_EVERY_MS,
    ADDRESSES_PER_MESSAGE,
    ADDRESSES_SAVE_MS,
    GET_PEERS_EVERY_MS,
    OWN_MAX,
)
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.saving import Saving
from p2pchain.node.timers import Timers
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage


class Addresses:
    """Fills the book with what peers say, within what each may say, and keeps it."""

    def __init__(
        self, listen: Address, peers: Peers, named: Named, book: Book, outbox: Outbox, timers: Timers
    ) -> None:
        """Take where this node listens, and the book."""
        self._own = {listen: None}
        self._peers = peers
        self._named = named
        self._outbox = outbox
        self._saving = Saving(timers, ADDRESSES_SAVE_MS, self._save)
        self.book = book

    def save(self) -> None:
        """Save the book, and whom the operator named, at once: the operator changed something."""
        self._saving.at_once()

    def flush(self) -> None:
        """Save what is not saved yet: the node stops."""
        self._saving.flush()

    def is_own(self, address: Address) -> bool:
        """Whether an address is known to be this node's own."""
        return address in self._own

    def is_given(self, address: Address) -> bool:
        """Whether an address is not the book's to give: this node's own, or one that the operator decided about."""
        return address in self._own or address in self._named or self._named.is_removed(address)

    def met_self(self, address: Address) -> None:
        """Note that this node has dialled itself there."""
        if len(self._own) < OWN_MAX:
            self._own[address] = None
        self.book.forget(address)

    def meet(self, peer: Peer, now: Now) -> None:
        """Note where a node that greeted us is, and ask it whom it knows.

        Who dialled us may listen anywhere, or nowhere: that is hearsay, until it was dialled.
        """
        if peer.direction is Direction.OUTBOUND:
            self._meet(peer.address, now)
        elif peer.listening is not None:
            self._hear(peer.listening, peer, now)
        _refill(peer, now)
        peer.address_credit_ms = ADDRESSES_PER_MESSAGE * ADDRESS_EVERY_MS
        self._peers.send(peer, GetPeers())

    def failed(self, address: Address, now: Now) -> None:
        """Note that nobody answered at an address, or no longer."""
        self.book.fail(address, now)
        self._saving.soon(now)

    def receive_get_peers(self, peer: Peer, message: GetPeers, tag: int | None, now: Now) -> None:
        """Tell a random part of the book, but not the asker's own address; and not all of it to one who asks on."""
        last_ms = peer.addresses_told_ms
        if last_ms is not None and now.ticks_ms - last_ms < GET_PEERS_EVERY_MS and not peer.is_control:
            reason = f"addresses are told every {GET_PEERS_EVERY_MS // 1000} s"
            self._peers.send(peer, ErrorMessage(code="asked_too_often", reason=reason, to=message.NAME), tag)
            return
        peer.addresses_told_ms = now.ticks_ms
        told = self.book.tell(ADDRESSES_PER_MESSAGE, peer.listening)
        answer = PeersMessage(addresses=tuple((address.host, address.port) for address in told))
        self._peers.send(peer, answer, tag)

    def receive_peers(self, peer: Peer, message: PeersMessage, tag: int | None, now: Now) -> None:
        """Note what a peer tells, as far as its credit goes, but nothing that it cannot know or nobody can dial."""
        del tag
        _refill(peer, now)
        for host, port in message.addresses:
            if peer.address_credit_ms < ADDRESS_EVERY_MS:
                return
            peer.address_credit_ms -= ADDRESS_EVERY_MS
            self._hear(Address(host, port), peer, now)

    def _hear(self, address: Address, teller: Peer, now: Now) -> None:
        if (
            not address.port
            or not is_tellable(address.host)
            or not may_tell(teller.address.host, address.host)
        ):
            return
        if not self.is_own(address) and not self._named.is_removed(address):
            own_word = address == teller.listening
            self.book.hear(address, group_of(teller.address.host), now, own_word=own_word)
            self._saving.soon(now)

    def _meet(self, address: Address, now: Now) -> None:
        if is_tellable(address.host):
            self.book.meet(address, now)
            self._saving.soon(now)

    def _save(self) -> None:
        self._outbox.append(SaveAddresses(self.book.saved(), self._named.added, self._named.removed))


def _refill(peer: Peer, now: Now) -> None:
    """Give a peer credit for the time that has passed, up to one answer's worth."""
    passed_ms = now.ticks_ms - max(peer.address_credit_at_ms, peer.opened_ms)
    peer.address_credit_at_ms = now.ticks_ms
    peer.address_credit_ms = min(peer.address_credit_ms + passed_ms, ADDRESSES_PER_MESSAGE * ADDRESS_EVERY_MS)
