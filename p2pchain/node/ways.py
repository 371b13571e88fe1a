"""The ways to better tips that single peers tell of, beside the way to the best header.

Anyone can build headers and keep their bodies, or never have had any. While nobody sends the bodies of the best
header's chain, another one that is better than ours must be fetched all the same, from those who tell of it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from p2pchain.chain.tree import Entry
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import DOWNLOAD_WINDOW
from p2pchain.node.peers import Peer


def told_by(peer: Peer, ledger: Ledger) -> Entry | None:
    """Find the best header that a peer has told of, as far as it is held."""
    best: Entry | None = None
    for block_hash in (peer.headers_reached, peer.knows_tip):
        entry = ledger.tree.get(block_hash) if block_hash is not None else None
        if entry is not None and (best is None or entry.preferred_to(best)):
            best = entry
    return best


@dataclass(slots=True, eq=False)
class _Way:
    told: Entry
    missing: deque[Entry] = field(default_factory=deque)


class Ways:
    """For each peer, the bodies that are missing under the tip that it tells of."""

    def __init__(self, ledger: Ledger, has: Callable[[Entry], bool]) -> None:
        """Take the headers, and what says whether a block's body need not be asked for."""
        self._ledger = ledger
        self._has = has
        self._by_connection: dict[int, _Way] = {}

    def plan(self) -> None:
        """Look anew: our tip or the best header is another, or a body came to nothing."""
        self._by_connection.clear()

    def gone(self, peer: Peer) -> None:
        """Forget a peer."""
        self._by_connection.pop(peer.connection, None)

    def missing(self, peer: Peer) -> deque[Entry]:
        """List bodies on a peer's own way, lowest first, a window of them; none where it is that of the best header."""
        if self._ledger.best.hash in (peer.knows_tip, peer.headers_reached):
            return deque()
        told = told_by(peer, self._ledger)
        if told is None or not told.preferred_to(self._ledger.tip):
            return deque()
        way = self._by_connection.get(peer.connection)
        if way is None or way.told is not told:
            way = self._by_connection[peer.connection] = self._look(told)
        if way.missing:
            while way.missing and self._has(way.missing[0]):
                way.missing.popleft()
            if not way.missing:
                way = self._by_connection[peer.connection] = self._look(told)
        return way.missing

    def _look(self, told: Entry) -> _Way:
        step = self._ledger.best
        while step.height > told.height and step.parent is not None:
            step = step.parent
        if step is told:
            return _Way(told)
        missing = (entry for entry in self._ledger.tree.change_to(told).connected if not self._has(entry))
        return _Way(told, deque(islice(missing, DOWNLOAD_WINDOW)))
