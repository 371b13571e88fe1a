"""Who has to go when all places for peers that dialled us are taken and one more comes."""

from collections import defaultdict
from hashlib import sha256

from p2pchain.node.access import Access
from p2pchain.node.events import Direction
from p2pchain.node.hosts import group_of
from p2pchain.node.limits import SPARED_GROUPS, SPARED_NEAREST
from p2pchain.node.named import Named
from p2pchain.node.peers import Peer, Peers

NEVER_MEASURED_MS = 2**63


class Eviction:
    """Chooses so that somebody who opens connections without end drives out hardly anyone but itself.

    First goes who is discouraged. Otherwise what is hard to have in number is spared: an address in a group that only
    this node knows to be preferred, a short way to here, and age, by which half of the others stay. Of the rest goes
    the youngest of the group that has most.
    """

    def __init__(self, peers: Peers, access: Access, named: Named, secret: bytes) -> None:
        """Take who is connected; nobody else may know the secret, by which groups are preferred."""
        self._peers = peers
        self._access = access
        self._named = named
        self._secret = secret

    def choose(self, newcomer: str) -> Peer | None:
        """Give the peer that has to go for a host that comes, or None where the newcomer has to."""
        if self._access.is_discouraged(newcomer):
            return None
        inbound = [
            peer
            for peer in self._peers.all()
            if peer.direction is Direction.INBOUND
            and not peer.is_closing()
            and not self._named.has_host(peer.address.host)
        ]
        discouraged = [peer for peer in inbound if self._access.is_discouraged(peer.address.host)]
        if discouraged:
            return discouraged[-1]
        return self._least_missed(inbound)

    def _least_missed(self, peers: list[Peer]) -> Peer | None:
        """Give one of some peers, which are in order of their age."""
        rest = _without(peers, self._preferred(peers))
        rest = _without(rest, sorted(rest, key=_distance_ms)[:SPARED_NEAREST])
        rest = rest[(len(rest) + 1) // 2 :]
        groups: defaultdict[str, list[Peer]] = defaultdict(list)
        for peer in reversed(rest):
            groups[group_of(peer.address.host)].append(peer)
        return max(groups.values(), key=len)[0] if groups else None

    def _preferred(self, peers: list[Peer]) -> list[Peer]:
        """Give the oldest peer of each of a few groups."""
        oldest: dict[str, Peer] = {}
        for peer in peers:
            oldest.setdefault(group_of(peer.address.host), peer)
        order = sorted(oldest, key=lambda group: sha256(self._secret + group.encode()).digest())
        return [oldest[group] for group in order[:SPARED_GROUPS]]


def _distance_ms(peer: Peer) -> int:
    return NEVER_MEASURED_MS if peer.round_trip_ms is None else peer.round_trip_ms


def _without(peers: list[Peer], spared: list[Peer]) -> list[Peer]:
    return [peer for peer in peers if peer not in spared]
