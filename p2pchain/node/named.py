"""The peers that the operator named or struck out: at the start, which holds for one start, or later, which lasts."""

from collections.abc import Iterable, Iterator

from p2pchain.node.events import Address
from p2pchain.node.limits import REMOVED_MAX


class Named:
    """Addresses added by hand, in the order in which they were named."""

    def __init__(
        self, configured: Iterable[Address], added: Iterable[Address] = (), removed: Iterable[Address] = ()
    ) -> None:
        """Take what the start names; it overrides what was struck out before."""
        self._added = dict.fromkeys(added)
        self._all = dict.fromkeys([*configured, *self._added])
        self._removed = dict.fromkeys(address for address in removed if address not in self._all)

    def __contains__(self, address: object) -> bool:
        """Whether the operator named an address."""
        return address in self._all

    def __iter__(self) -> Iterator[Address]:
        """Go through the addresses that the operator named."""
        return iter(list(self._all))

    @property
    def added(self) -> tuple[Address, ...]:
        """What was named while a node ran."""
        return tuple(self._added)

    @property
    def removed(self) -> tuple[Address, ...]:
        """What was struck out while a node ran, oldest first."""
        return tuple(self._removed)

    def add(self, address: Address) -> None:
        """Name an address for this run and all to come."""
        self._removed.pop(address, None)
        self._added[address] = None
        self._all[address] = None

    def remove(self, address: Address) -> None:
        """Strike out an address, whoever named it."""
        self._added.pop(address, None)
        self._all.pop(address, None)
        self._removed[address] = None
        if len(self._removed) > REMOVED_MAX:
            del self._removed[next(iter(self._removed))]

    def is_removed(self, address: Address) -> bool:
        """Whether an address is not to be dialled, whoever tells of it."""
        return address in self._removed

    def has_host(self, host: str) -> bool:
        """Whether the operator named an address of this host."""
        return any(address.host == host for address in self._all)
