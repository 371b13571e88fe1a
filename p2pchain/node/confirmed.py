"""Remembers which transactions went into the chain lately, for peers go on naming them for a while."""

from collections.abc import Sequence

from p2pchain.node.limits import CONFIRMED_REMEMBERED


class Confirmed:
    """At least the last half of `CONFIRMED_REMEMBERED` txids, at most all of them.

    Two sets, the older of which goes at once: to let go of one txid for each that comes takes ten times as long, and a
    block brings thousands.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._newer: set[bytes] = set()
        self._older: set[bytes] = set()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._newer) + len(self._older)

    def __contains__(self, txid: bytes) -> bool:
        """Whether one went into the chain lately."""
        return txid in self._newer or txid in self._older

    def add(self, txids: Sequence[bytes]) -> None:
        """Remember some."""
        half = CONFIRMED_REMEMBERED // 2
        if len(self._newer) + len(txids) > half:
            self._newer, self._older = set(), self._newer
        self._newer.update(txids[-half:])
