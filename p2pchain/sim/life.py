"""One run of a host's program: what was begun in it, and was not done when it ended, never happens."""

from collections.abc import Callable

from p2pchain.sim.world import World


class Life:
    """From a start to the crash or stop that ends it."""

    __slots__ = ("_world", "alive")

    def __init__(self, world: World) -> None:
        """Begin."""
        self._world = world
        self.alive = True

    @property
    def ticks_ms(self) -> int:
        """The world's moment, in ms."""
        return self._world.ticks_ms

    def at(self, ticks_ms: int, call: Callable[[], None]) -> None:
        """Do something at a moment, unless this life is over by then."""

        def unless_over() -> None:
            if self.alive:
                call()

        self._world.call_at(ticks_ms, unless_over)

    def later(self, delay_ms: int, call: Callable[[], None]) -> None:
        """Do something after a time, unless this life is over by then."""
        self.at(self._world.ticks_ms + delay_ms, call)

    def soon(self, delays_ms: tuple[int, int], call: Callable[[], None]) -> None:
        """Do something after a time that is drawn between two."""
        self.later(self._world.rng.randint(*delays_ms), call)

    def draw(self, delays_ms: tuple[int, int]) -> int:
        """Draw a time between two, in ms."""
        return self._world.rng.randint(*delays_ms)

    def chance(self, likely: float) -> bool:
        """Let chance decide; `likely` is from 0 to 1."""
        return self._world.rng.random() < likely
