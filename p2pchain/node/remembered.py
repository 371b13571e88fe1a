"""What a node keeps of its peers from one start to the next. Times are ms since 1970, for they outlive a process."""

from dataclasses import dataclass

from p2pchain.node.events import Address


@dataclass(frozen=True, slots=True)
class Ban:
    """A host that is kept out until a time. `code` says why: a fault's, or `operator`."""

    host: str
    until_ms: int
    code: str


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """Where a node is said to be: the group of who said so first, when last, and when we last met it there (or 0).

    `own_word` says that it told of itself.
    """

    address: Address
    source: str
    seen_ms: int
    met_ms: int = 0
    own_word: bool = False
