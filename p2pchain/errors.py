"""Every error that p2pchain raises on purpose.

    P2PChainError                   expected, found, remedy
    ├── PeerError                   a peer did it: what it costs, whether a retry may help
    │   ├── WireError               bytes that are not the protocol's
    │   ├── OrderError              a message at a moment that does not allow it
    │   ├── HandshakeError          a peer that we cannot or will not talk to
    │   └── RuleError               a rule of consensus is broken (one class a rule, beside the rule)
    ├── ReceiptError                a receipt that does not prove what it should (one class a fault, beside `Receipt`)
    └── LocalError                  ours or the operator's: a file, an option, a disk
        ├── UsageError              an option, an address, a file that the user named
        ├── StoreError              the data directory and what lies in it
        └── NodeError               a node that cannot be reached, or refuses

Each carries a `code`, short and stable, that goes into `bye`, into JSON and into the documents.
"""

from typing import ClassVar


class P2PChainError(Exception):
    """An error that says what was expected, what was found, and what to do about it."""

    code: ClassVar[str] = "error"

    def __init__(self, expected: str, found: str = "", remedy: str = "") -> None:
        super().__init__(expected, found, remedy)
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        """One line: expected, found, what to do."""
        text = f"expected {self.expected}, found {self.found}" if self.found else self.expected
        return f"{text}; {self.remedy}" if self.remedy else text


class PeerError(P2PChainError):
    """What a peer sent cannot be accepted.

    `ban_seconds` is what a proven fault costs its sender (0: only the connection). A `transient` one may
    be gone at the next try. `condemns` says that the hash of the object may be remembered as bad: it is
    false wherever another body could stand under the same hash.
    """

    ban_seconds: ClassVar[int] = 0
    transient: ClassVar[bool] = False
    condemns: ClassVar[bool] = False


class WireError(PeerError):
    """Bytes that are not the protocol's."""

    code = "malformed"
    ban_seconds = 60


class OrderError(PeerError):
    """A message at a moment that does not allow it."""

    code = "out_of_order"
    ban_seconds = 60


class HandshakeError(PeerError):
    """A peer that we cannot or will not talk to."""

    code = "refused"


class RuleError(PeerError):
    """A rule of consensus is broken, and the object can never become valid."""

    code = "invalid"
    ban_seconds = 600
    condemns = True


class ReceiptError(P2PChainError):
    """A receipt that does not prove what it should: whoever made it, it is worth nothing."""

    code = "false_receipt"


class LocalError(P2PChainError):
    """Something on this machine: a file, an option, a disk, a node that does not answer."""

    code = "local"


class UsageError(LocalError):
    """An option, an address or a file that the user named cannot be used."""

    code = "usage"


class StoreError(LocalError):
    """The data directory, or what lies in it, cannot be used. A `transient` fault may pass while the node runs."""

    code = "store"
    transient: ClassVar[bool] = False


class NodeError(LocalError):
    """The node cannot be reached, or refused what was asked; `code` is the node's own word for why."""

    code = "node"

    def __init__(self, expected: str, found: str = "", remedy: str = "", code: str = "node") -> None:
        super().__init__(expected, found, remedy)
        self.reason = code
