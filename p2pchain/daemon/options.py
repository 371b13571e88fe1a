"""What an operator can choose when a node starts."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from p2pchain.errors import UsageError
from p2pchain.node.config import MiningMode
from p2pchain.node.events import Address
from p2pchain.node.limits import OUTBOUND_DEFAULT

PORT_DEFAULT = 4343
LISTEN_DEFAULT = Address("0.0.0.0", PORT_DEFAULT)  # noqa: S104  # a node is there to be reached


def default_directory() -> Path:
    """Where data lies if nothing is said: what systemd gives, or the user's own data home.

    Raises:
        UsageError: the user has none.
    """
    if state := os.environ.get("STATE_DIRECTORY"):
        return Path(state)
    home = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(home) if home else Path.home() / ".local" / "share") / "p2pchain"
    except RuntimeError as error:
        raise UsageError("a home directory of this user", "none", "set HOME or XDG_DATA_HOME") from error


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a node. `peers` are dialled for ever; `network_file` is read at the first start and kept in `data`."""

    data: Path = field(default_factory=default_directory)
    listen: Address = LISTEN_DEFAULT
    peers: tuple[Address, ...] = ()
    dial_from: str | None = None
    mining: MiningMode = MiningMode.AUTO
    mining_threads: int = 1
    network_file: Path | None = None
    outbound_max: int = OUTBOUND_DEFAULT
    log_level: str = "info"
