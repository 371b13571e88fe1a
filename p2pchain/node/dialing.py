"""Whom to dial, and when: peers added by hand for ever, ever more slowly; beside them those that gossip finds."""

from dataclasses import dataclass

from p2pchain.node.access import Access
from p2pchain.node.actions import Dial
from p2pchain.node.addresses import Addresses
from p2pchain.node.events import Address, Now
from p2pchain.node.finding import Finding
from p2pchain.node.limits import REDIAL_FIRST_MS, REDIAL_MAX_MS
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers
from p2pchain.node.timers import Timers


@dataclass(slots=True)
class Target:
    """An address that the operator named: `busy` from dialling it until its connection is gone, and `why` it ended."""

    busy: bool = False
    why: str = "not dialled yet"
    failures: int = 0
    next_ms: int = 0


class Dialing:
    """Keeps the connections that this node opens."""

    def __init__(
        self,
        named: Named,
        peers: Peers,
        access: Access,
        addresses: Addresses,
        finding: Finding,
        outbox: Outbox,
        timers: Timers,
    ) -> None:
        """Take the peers that the operator named."""
        self._named = named
        self._peers = peers
        self._access = access
        self._addresses = addresses
        self._finding = finding
        self._outbox = outbox
        self._timers = timers
        self._targets = {address: Target() for address in named}
        self._due_ms: int | None = None
        self._is_stopping = False

    def add(self, address: Address) -> None:
        """Dial an address from now on, as one that the operator named, in this run and all to come."""
        self._named.add(address)
        target = self._targets.setdefault(address, Target())
        target.busy = self._finding.drop(address) or target.busy
        for peer in self._peers.all():
            peer.by_hand = peer.by_hand or peer.address == address
        self._peers.changed()
        self.forgive(address.host)
        self._addresses.save()

    def remove(self, address: Address) -> bool:
        """Dial an address no more, whoever named it, and drop its connection. Says whether there was anything to do."""
        known = self._targets.pop(address, None) is not None
        known = self._finding.drop(address) or known
        known = self._addresses.book.forget(address) or known
        for peer in self._peers.all():
            if address in (peer.address, peer.listening) and not peer.is_control:
                self._peers.dismiss(peer, "removed", "the operator of this node removed this address")
                known = True
        if known:
            self._named.remove(address)
            self._addresses.save()
        return known

    def forgive(self, host: str) -> None:
        """Dial a host at once again, whatever failed before."""
        for address, target in self._targets.items():
            if address.host == host:
                target.failures = 0
                target.next_ms = 0

    def wants(self, address: Address) -> bool:
        """Whether a connection to an address is still wanted: the operator may have removed it while it was dialled."""
        return address in self._targets or address in self._finding

    def waiting(self) -> list[tuple[Address, str]]:
        """List the addresses that the operator named and where nobody is connected, each with what happened last."""
        connected = {peer.listening for peer in self._peers.nodes()} | {
            peer.address for peer in self._peers.all() if peer.is_ready
        }
        return [
            (address, target.why) for address, target in self._targets.items() if address not in connected
        ]

    def is_by_hand(self, address: Address) -> bool:
        """Whether the operator named an address."""
        return address in self._targets

    def failed(self, address: Address, why: str, now: Now) -> None:
        """Try again later: a dialling came to nothing, or its connection is gone."""
        self._finding.failed(address, now)
        target = self._targets.get(address)
        if target is not None:
            target.busy = False
            target.why = why
            target.next_ms = now.ticks_ms + min(REDIAL_FIRST_MS << min(target.failures, 16), REDIAL_MAX_MS)
            target.failures += 1

    def succeeded(self, address: Address) -> None:
        """Note that a handshake was completed with an address."""
        self._finding.succeeded(address)
        target = self._targets.get(address)
        if target is not None:
            target.failures = 0

    def stop(self) -> None:
        """Dial nobody any more, and save what is known of where others are: the node stops."""
        self._is_stopping = True
        self._addresses.flush()

    def settle(self, now: Now) -> None:
        """Dial whoever should be connected and is not."""
        if self._is_stopping:
            return
        idle = [(address, target) for address, target in self._targets.items() if not target.busy]
        if not idle and self._finding.has_all:
            return
        connected = {peer.listening for peer in self._peers.nodes()}
        waiting: list[int] = []
        for address, target in [each for each in idle if each[0] not in connected]:
            if self._access.refusal(address.host, now) is not None:
                # A ban ends without a word.
                waiting.append(now.ticks_ms + REDIAL_MAX_MS)
            elif target.next_ms > now.ticks_ms:
                waiting.append(target.next_ms)
            else:
                target.busy = True
                self._outbox.append(Dial(address))
        self._finding.settle(connected, now)
        first_ms = min(waiting, default=None)
        if first_ms is not None and (self._due_ms is None or first_ms < self._due_ms):
            self._due_ms = first_ms
            self._timers.call_at(first_ms, self._look_again)

    def _look_again(self, now: Now) -> None:
        del now
        self._due_ms = None
