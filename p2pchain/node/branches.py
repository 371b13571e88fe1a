"""Keeps room for headers: side branches that nobody needs are forgotten where the tree has become large.

On a network whose blocks are cheap anyone can make headers without end. What is forgotten can be asked for again.
"""

from p2pchain.chain.tree import Entry
from p2pchain.node.bodies import Bodies
from p2pchain.node.connecting import Connecting
from p2pchain.node.events import Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import TREE_KEPT_FOR_PEERS, TREE_LARGE, TREE_PRUNE_EVERY_MS
from p2pchain.node.peers import Peers
from p2pchain.node.ways import told_by


class Branches:
    """Which branches of the tree are kept, and when the others go."""

    def __init__(self, ledger: Ledger, bodies: Bodies, connecting: Connecting, peers: Peers) -> None:
        """Take the tree, and everyone who may need a branch of it."""
        self._ledger = ledger
        self._bodies = bodies
        self._connecting = connecting
        self._peers = peers
        self._next_ms = 0

    def settle(self, now: Now) -> None:
        """Forget branches, if it is time."""
        if len(self._ledger.tree) < TREE_LARGE or now.ticks_ms < self._next_ms:
            return
        self._next_ms = now.ticks_ms + TREE_PRUNE_EVERY_MS
        kept = [self._bodies.best_complete(), self._bodies.best_acceptable(), *self._connecting.under_way]
        self._ledger.tree.prune([*kept, *self._told()])
        self._bodies.forget_unknown()

    def _told(self) -> list[Entry]:
        """List where peers have come to with their headers, as long as their branches fit: short ones first."""
        tree = self._ledger.tree
        found = (told_by(peer, self._ledger) for peer in self._peers.nodes())
        lengths = {entry: tree.branch_length(entry) for entry in found if entry is not None}
        room = TREE_KEPT_FOR_PEERS
        kept: list[Entry] = []
        for entry in sorted(lengths, key=lambda entry: lengths[entry]):
            room -= lengths[entry]
            if room >= 0:
                kept.append(entry)
        return kept
