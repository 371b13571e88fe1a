"""Who may be connected, and what a fault costs."""

from p2pchain.errors import PeerError
from p2pchain.node.bans import OPERATOR, Bans
from p2pchain.node.events import Now
from p2pchain.node.hosts import Realm, realm_of
from p2pchain.node.named import Named
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.remembered import Ban

BANNED = "banned"


class Access:
    """Decides who is let in and dialled. A proven fault bans a host for a time; a lesser one discourages it.

    Hosts on this machine and those of peers added by hand are dropped only: a ban there hurts the operator alone.
    """

    def __init__(self, peers: Peers, named: Named, bans: Bans) -> None:
        """Take who is connected, whom the operator wants, and who is kept out."""
        self._peers = peers
        self._named = named
        self._bans = bans

    def ban_by_operator(self, host: str, seconds: int, now: Now) -> None:
        """Cut a host off in both directions for a time, whoever it is."""
        self._bans.ban(Ban(host, now.wall_ms + seconds * 1000, OPERATOR), now)
        for peer in self._of(host):
            self._peers.dismiss(peer, BANNED, "the operator of this node banned this address")

    def refusal(self, host: str, now: Now) -> str | None:
        """Say why a host is kept out, or None where it is not."""
        ban = self._bans.find(host, now)
        if ban is None:
            return None
        why = "by the operator" if ban.code == OPERATOR else f"after a fault ({ban.code})"
        return f"banned {why} for {-(-(ban.until_ms - now.wall_ms) // 1000)} s more"

    def is_discouraged(self, host: str) -> bool:
        """Whether a host is let in only while there is room, and not dialled for hearsay."""
        return self._bans.is_discouraged(host)

    def dismiss(self, peer: Peer, error: PeerError, now: Now) -> None:
        """Close a connection for an error of the peer's, and make its host pay for it."""
        self._peers.dismiss(peer, error.code, str(error), "debug" if error.transient else "warning")
        host = peer.address.host
        if peer.is_control or error.transient or peer.by_hand or self._is_spared(host):
            return
        self._bans.discourage(host)
        if error.ban_seconds:
            self._bans.ban(Ban(host, now.wall_ms + error.ban_seconds * 1000, error.code), now)
            for other in self._of(host):
                self._peers.dismiss(
                    other, BANNED, f"another connection from here was at fault ({error.code})"
                )

    def _is_spared(self, host: str) -> bool:
        return realm_of(host) is Realm.LOOPBACK or self._named.has_host(host)

    def _of(self, host: str) -> list[Peer]:
        return [peer for peer in self._peers.all() if not peer.is_control and peer.address.host == host]
