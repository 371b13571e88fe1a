"""A miner as an exponential clock: it takes as long as its hash rate and the target say, and hashes hardly anything."""

from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.chain.target import target_of, work_of
from p2pchain.mining.search import NONCE_END, search
from p2pchain.node import actions, events
from p2pchain.node.events import Event
from p2pchain.sim.life import Life
from p2pchain.sim.world import World

NONCES = 2**32


@dataclass(slots=True)
class Power:
    """How fast a host finds blocks: the mean time, in ms, that a search takes at the network's genesis target."""

    mean_search_ms: float


class Miner:
    """One search at a time. The nonce that it finds is real: simulated networks have targets that are met soon."""

    def __init__(
        self, world: World, life: Life, genesis_bits: int, power: Power, post: Callable[[Event], None]
    ) -> None:
        """Start idle."""
        self._world = world
        self._life = life
        self._easiest = work_of(target_of(genesis_bits))
        self._power = power
        self._post = post
        self._under_way: actions.Search | None = None
        self._turn = 0

    def search(self, action: actions.Search) -> None:
        """Find a nonce after an exponential time, in place of any search under way."""
        self._under_way = action
        self._turn += 1
        turn = self._turn
        mean_ms = self._power.mean_search_ms * work_of(action.target) / self._easiest
        self._life.later(round(self._world.rng.expovariate(1 / mean_ms)), lambda: self._end(turn))

    def search_anew(self) -> None:
        """Draw the time of the search under way anew, for the power is another one."""
        if self._under_way is not None:
            self.search(self._under_way)

    def stop(self) -> None:
        """Search no more."""
        self._under_way = None

    def _end(self, turn: int) -> None:
        action = self._under_way
        if action is None or turn != self._turn:
            return
        self._under_way = None
        start = self._world.rng.randrange(NONCES)
        nonce = search(action.header, start, NONCE_END - start, action.target)
        if nonce is None:
            raise AssertionError("a simulated network's target is met by some nonce")
        self._post(events.NonceFound(action.job, nonce))
