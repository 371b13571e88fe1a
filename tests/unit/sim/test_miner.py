"""A miner takes as long as its power and the target say, and what it finds is real."""

import pytest

from p2pchain.node.actions import Search
from p2pchain.node.events import Event, NonceFound
from p2pchain.sim.life import Life
from p2pchain.sim.miner import Miner, Power
from p2pchain.sim.shape import simulated_network
from p2pchain.sim.world import World

NETWORK = simulated_network()
GENESIS = NETWORK.genesis
LONG_MS = 10**9


class Mine:
    """A miner, and what it found and when."""

    def __init__(self, mean_ms: float = 1_000) -> None:
        self.world = World(1)
        self.life = Life(self.world)
        self.power = Power(mean_ms)
        self.found: list[tuple[int, Event]] = []
        self.miner = Miner(
            self.world,
            self.life,
            NETWORK.bits,
            self.power,
            lambda event: self.found.append((self.world.ticks_ms, event)),
        )

    def search(self, job: int = 1, target: int = GENESIS.target) -> None:
        self.miner.search(Search(job, GENESIS.encode(), target))

    def mean_ms(self, target: int) -> float:
        begun = self.world.ticks_ms
        for job in range(300):
            self.search(job, target)
            assert self.world.run_until_true(lambda job=job: len(self.found) > job, LONG_MS, 50)  # type: ignore[misc]  # bound now
        self.found.clear()
        return (self.world.ticks_ms - begun) / 300 - 25  # the middle of the step that found it


@pytest.fixture
def mine() -> Mine:
    return Mine()


def test_a_nonce_that_was_found_meets_the_target(mine: Mine) -> None:
    mine.search(7, GENESIS.target // 8)
    mine.world.run_for(LONG_MS)
    ((_, event),) = mine.found
    assert isinstance(event, NonceFound)
    assert event.job == 7
    assert int.from_bytes(GENESIS.with_nonce(event.nonce).hash, "big") <= GENESIS.target // 8


def test_the_time_is_the_power_s_and_grows_with_the_work_of_the_target(mine: Mine) -> None:
    assert 850 < mine.mean_ms(GENESIS.target) < 1_150
    assert 3_400 < mine.mean_ms(GENESIS.target // 4) < 4_600


def test_one_search_at_a_time_and_none_after_a_stop(mine: Mine) -> None:
    mine.search(1)
    mine.search(2)
    mine.world.run_for(LONG_MS)
    assert [event.job for _, event in mine.found if isinstance(event, NonceFound)] == [2]
    mine.search(3)
    mine.miner.stop()
    mine.miner.search_anew()
    mine.world.run_for(LONG_MS)
    assert len(mine.found) == 1


def test_a_search_that_is_drawn_anew_takes_as_long_as_the_new_power_says() -> None:
    mine = Mine(mean_ms=1e12)
    mine.search()
    mine.power.mean_search_ms = 10
    mine.miner.search_anew()
    mine.world.run_for(1_000)
    assert len(mine.found) == 1


def test_a_program_that_has_ended_finds_nothing(mine: Mine) -> None:
    mine.search()
    mine.life.alive = False
    mine.world.run_for(LONG_MS)
    assert mine.found == []


def test_a_target_that_no_nonce_meets_is_an_error(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.sim.miner.search", lambda *_: None)
    mine.search()
    with pytest.raises(AssertionError, match="met by some nonce"):
        mine.world.run_for(LONG_MS)
