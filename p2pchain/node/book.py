"""The book of addresses: those where a node was met, and those heard of. Whoever tells much pushes out only its own."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from p2pchain.node.events import Address, Now
from p2pchain.node.hosts import group_of
from p2pchain.node.limits import (
    ADDRESS_KEPT_MS,
    ADDRESSES_MAX,
    ADDRESSES_PER_GROUP,
    ADDRESSES_PER_SOURCE,
    GOSSIP_TRIES,
    MET_CHANCE,
    MET_MAX,
    MET_PER_GROUP,
    REDIAL_FIRST_MS,
    REDIAL_MAX_MS,
)
from p2pchain.node.remembered import KnownAddress


@dataclass(slots=True)
class Entry:
    """What is known of an address: its group, the group that told of it first, and how dialling it went lately.

    `seen_ms` and `met_ms` are wall time, `retry_ms` is of the clock that never goes back.
    """

    group: str
    source: str
    seen_ms: int
    met_ms: int = 0
    own_word: bool = False
    failures: int = 0
    retry_ms: int = 0


class Book:
    """Two tables, so that hearsay, however much, displaces no address where somebody was met.

    Of what was heard, one source and one group have a small share each; where a share is full, somebody goes who was
    told of by the source that told most. Of what was met, the address goes that was met longest ago, in the group that
    has most.
    """

    def __init__(self, rng: random.Random, saved: Iterable[KnownAddress], now: Now) -> None:
        """Start from what was saved, but for what is too old."""
        self._rng = rng
        self._met: dict[Address, Entry] = {}
        self._heard: dict[Address, Entry] = {}
        self._by_source: defaultdict[str, dict[Address, None]] = defaultdict(dict)
        self._by_group: defaultdict[str, dict[Address, None]] = defaultdict(dict)
        self.version = 0
        for known in saved:
            seen_ms, met_ms = min(known.seen_ms, now.wall_ms), min(known.met_ms, now.wall_ms)
            if now.wall_ms - max(seen_ms, met_ms) <= ADDRESS_KEPT_MS:
                entry = Entry(group_of(known.address.host), known.source, seen_ms, met_ms, known.own_word)
                self._enter(known.address, entry)

    def __contains__(self, address: object) -> bool:
        """Whether an address is in the book."""
        return address in self._met or address in self._heard

    def __len__(self) -> int:
        """How many addresses are in the book."""
        return len(self._met) + len(self._heard)

    def saved(self) -> tuple[KnownAddress, ...]:
        """Give all of it for the next start, what was met first."""
        return tuple(
            KnownAddress(address, entry.source, entry.seen_ms, entry.met_ms, entry.own_word)
            for table in (self._met, self._heard)
            for address, entry in table.items()
        )

    def hear(self, address: Address, source: str, now: Now, *, own_word: bool = False) -> None:
        """Note an address that somebody of a group told of; that it is there itself counts more than another's word."""
        group = group_of(address.host)
        entry = self._met.get(address) or self._heard.get(address)
        if entry is None:
            self._enter(address, Entry(group, source, now.wall_ms, own_word=own_word))
            return
        entry.seen_ms = now.wall_ms
        if address in self._heard and own_word and not entry.own_word:
            self.forget(address)
            entry.source, entry.own_word = source, True
            self._enter(address, entry)

    def meet(self, address: Address, now: Now) -> None:
        """Note that a node answered at an address."""
        group = group_of(address.host)
        self.forget(address)
        self._enter(address, Entry(group, group, now.wall_ms, now.wall_ms))

    def fail(self, address: Address, now: Now) -> None:
        """Note that nobody answered at an address, or no longer: try it later, or never where it was tried enough."""
        entry = self._met.get(address) or self._heard.get(address)
        if entry is None:
            return
        entry.retry_ms = now.ticks_ms + min(REDIAL_FIRST_MS << min(entry.failures, 16), REDIAL_MAX_MS)
        entry.failures += 1
        was_met_lately = entry.met_ms > 0 and now.wall_ms - entry.met_ms <= ADDRESS_KEPT_MS
        if entry.failures > GOSSIP_TRIES and not was_met_lately:
            self.forget(address)

    def forget(self, address: Address) -> bool:
        """Strike an address out. Says whether it was in the book."""
        self.version += 1
        entry = self._heard.pop(address, None)
        if entry is not None:
            for index, key in ((self._by_source, entry.source), (self._by_group, entry.group)):
                del index[key][address]
                if not index[key]:
                    del index[key]
        return self._met.pop(address, None) is not None or entry is not None

    def choose(
        self, now: Now, taken: set[str], is_free: Callable[[Address], bool], *, doubles: bool
    ) -> Address | None:
        """Draw an address to dial, of a group that is not taken; of a taken one where `doubles` and there is no other.

        Of four draws, three are from what was met: among hearsay there may be nothing but an attacker's. Each group has
        the same chance, however many addresses it put there.
        """
        ripe = [
            [
                (address, entry.group)
                for address, entry in table.items()
                if entry.retry_ms <= now.ticks_ms and is_free(address)
            ]
            for table in (self._met, self._heard)
        ]
        fresh = [[each for each in table if each[1] not in taken] for table in ripe]
        found = [table for table in fresh if table] or [table for table in ripe if table and doubles]
        if not found:
            return None
        table = found[0] if self._rng.random() < MET_CHANCE else found[-1]
        group = self._rng.choice(sorted({group for _, group in table}))
        return self._rng.choice([address for address, of in table if of == group])

    def tell(self, count: int, but: Address | None) -> list[Address]:
        """Draw addresses to tell of: those met, and those of who told of itself, so that a flood goes no further."""
        told = [address for address in self._met if address != but]
        told += [address for address, entry in self._heard.items() if entry.own_word and address != but]
        return self._rng.sample(told, min(len(told), count))

    def _enter(self, address: Address, entry: Entry) -> None:
        self.version += 1
        if entry.met_ms:
            self._met[address] = entry
            self._trim_met(entry.group)
            return
        self._heard[address] = entry
        self._by_source[entry.source][address] = None
        self._by_group[entry.group][address] = None
        if len(self._by_source[entry.source]) > ADDRESSES_PER_SOURCE:
            self._displace(self._by_source[entry.source])
        if len(self._by_group.get(entry.group, ())) > ADDRESSES_PER_GROUP:
            told: defaultdict[str, dict[Address, None]] = defaultdict(dict)
            for other in self._by_group[entry.group]:
                told[self._heard[other].source][other] = None
            self._displace(max(told.values(), key=len))
        if len(self._heard) > ADDRESSES_MAX:
            self._displace(max(self._by_source.values(), key=len))

    def _displace(self, among: dict[Address, None]) -> None:
        """Strike out one of some addresses that were heard of; who told of itself goes last."""
        hearsay = [address for address in among if not self._heard[address].own_word]
        self.forget(self._rng.choice(hearsay or list(among)))

    def _trim_met(self, group: str) -> None:
        """Strike out the address met longest ago, of a group that has more than its share, or of the one with most."""
        of_group = [address for address, entry in self._met.items() if entry.group == group]
        if len(of_group) <= MET_PER_GROUP:
            if len(self._met) <= MET_MAX:
                return
            shares: defaultdict[str, list[Address]] = defaultdict(list)
            for address, entry in self._met.items():
                shares[entry.group].append(address)
            of_group = max(shares.values(), key=len)
        self.forget(min(of_group, key=lambda address: self._met[address].met_ms))
