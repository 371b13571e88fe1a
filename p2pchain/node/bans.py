"""Hosts that are kept out for a time, and hosts that are let in only while there is room."""

from collections.abc import Iterable

from p2pchain.node.actions import SaveBans
from p2pchain.node.events import Now
from p2pchain.node.limits import BANS_MAX, BANS_SAVE_MS, DISCOURAGED_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.remembered import Ban
from p2pchain.node.saving import Saving
from p2pchain.node.timers import Timers

# Why the operator banned somebody is the operator's own business.
OPERATOR = "operator"


class Bans:
    """The bans, which last a restart, and the discouraged hosts, which do not. Both are bounded: the oldest go."""

    def __init__(self, outbox: Outbox, timers: Timers, kept: Iterable[Ban], now: Now) -> None:
        """Start with the bans that were saved and are not over."""
        self._outbox = outbox
        self._bans = {ban.host: ban for ban in kept if ban.until_ms > now.wall_ms}
        self._discouraged: dict[str, None] = {}
        self._saving = Saving(timers, BANS_SAVE_MS, self._save)

    def __len__(self) -> int:
        """How many bans are kept, those that have ended too."""
        return len(self._bans)

    def ban(self, ban: Ban, now: Now) -> None:
        """Keep a host out. What the operator decided is neither shortened nor pushed out by what peers do."""
        standing = self.find(ban.host, now)
        if standing is not None and standing.code == OPERATOR != ban.code:
            return
        self._bans.pop(ban.host, None)
        self._bans[ban.host] = ban
        if len(self._bans) > BANS_MAX:
            del self._bans[self._least()]
        if ban.code == OPERATOR:
            self._saving.at_once()
        else:
            self._saving.soon(now)

    def lift(self, host: str) -> bool:
        """Let a host in again, and forget that it was discouraged. Says whether it was either."""
        was_discouraged = host in self._discouraged
        self._discouraged.pop(host, None)
        was_banned = self._bans.pop(host, None) is not None
        if was_banned:
            self._saving.at_once()
        return was_banned or was_discouraged

    def find(self, host: str, now: Now) -> Ban | None:
        """Give the ban under which a host stands, if any."""
        ban = self._bans.get(host)
        return ban if ban is not None and ban.until_ms > now.wall_ms else None

    def standing(self, now: Now) -> list[Ban]:
        """List the bans that are not over, oldest first."""
        return [ban for ban in self._bans.values() if ban.until_ms > now.wall_ms]

    def discourage(self, host: str) -> None:
        """Note a fault that proves nothing; the newest so many hosts are kept."""
        self._discouraged.pop(host, None)
        self._discouraged[host] = None
        if len(self._discouraged) > DISCOURAGED_MAX:
            del self._discouraged[next(iter(self._discouraged))]

    def is_discouraged(self, host: str) -> bool:
        """Whether a host is let in only while there is room, and not dialled."""
        return host in self._discouraged

    @property
    def discouraged_count(self) -> int:
        """How many hosts are discouraged."""
        return len(self._discouraged)

    def flush(self) -> None:
        """Save what is not saved yet: the node stops."""
        self._saving.flush()

    def _least(self) -> str:
        """Find the ban to give up: the oldest of those that a fault brought, or else the oldest."""
        by_fault = (ban.host for ban in self._bans.values() if ban.code != OPERATOR)
        return next(by_fault, None) or next(iter(self._bans))

    def _save(self) -> None:
        self._outbox.append(SaveBans(tuple(self._bans.values())))
