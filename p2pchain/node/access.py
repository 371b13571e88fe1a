"""Who may be connected: hosts that the operator denied, and hosts that proved faulty and are kept out for a while."""

import ipaddress

from p2pchain.errors import PeerError
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import BANS_MAX
from p2pchain.node.peers import Peer, Peers


class Access:
    """Decides who is let in and dialled, and what a fault costs."""

    def __init__(self, peers: Peers) -> None:
        """Start with nobody denied."""
        self._peers = peers
        self._denied: set[str] = set()
        self._banned_until_ms: dict[str, int] = {}

    def deny(self, host: str) -> None:
        """Cut a host off in both directions until it is allowed again."""
        self._denied.add(host)
        for peer in self._peers.all():
            if not peer.is_control and peer.address.host == host:
                self._peers.dismiss(peer, "denied", "the operator of this node denied this address")

    def allow(self, host: str) -> bool:
        """Let a host in again, whether it was denied or banned. Says whether it was."""
        known = host in self._denied or host in self._banned_until_ms
        self._denied.discard(host)
        self._banned_until_ms.pop(host, None)
        return known

    def refusal(self, address: Address, now: Now) -> str | None:
        """Say why an address is kept out, or None where it is not."""
        if address.host in self._denied:
            return "denied by the operator"
        until_ms = self._banned_until_ms.get(address.host, 0)
        if until_ms > now.ticks_ms:
            return f"banned for {(until_ms - now.ticks_ms) // 1000 + 1} s more after a fault"
        return None

    def dismiss(self, peer: Peer, error: PeerError, now: Now) -> None:
        """Close a connection for an error of the peer's, and keep its host out where the fault is proven.

        Hosts on this machine and peers added by hand are dropped only: a ban there hurts the operator alone.
        """
        if peer.is_control:
            self._peers.dismiss(peer, error.code, str(error))
            return
        if error.ban_seconds and not peer.by_hand and not _is_loopback(peer.address.host):
            self._ban(peer.address.host, now.ticks_ms + error.ban_seconds * 1000)
        self._peers.dismiss(peer, error.code, str(error), "debug" if error.transient else "warning")

    def _ban(self, host: str, until_ms: int) -> None:
        self._banned_until_ms.pop(host, None)
        self._banned_until_ms[host] = until_ms
        while len(self._banned_until_ms) > BANS_MAX:
            del self._banned_until_ms[next(iter(self._banned_until_ms))]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
