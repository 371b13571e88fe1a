"""How catching up is told: the rate of the last while, the goal, and what is left."""

from dataclasses import dataclass
from typing import cast

import pytest

from p2pchain.node.actions import Report
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import ChainCommitted, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import PROGRESS_OVER_MS, PROGRESS_STEP_MS, PROGRESS_TOLD_EVERY_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers
from p2pchain.node.ports import Returned
from p2pchain.node.progress import Pace, Progress
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status


@dataclass
class Spot:
    """A block, as far as anyone looks at it here."""

    height: int
    hash: bytes = bytes(32)


@dataclass
class Heights:
    """A ledger that knows only how high it is."""

    tip: Spot
    best: Spot


class Climb:
    """A chain that grows as a test says, and what is told of it."""

    def __init__(self, goal: int) -> None:
        self.outbox = Outbox()
        self.heights = Heights(Spot(0), Spot(goal))
        self.now = Now(1_700_000_000_000, 0)
        self.progress = Progress(
            cast("Ledger", self.heights), Peers(self.outbox), self.outbox, started=self.now
        )

    def wait(self, ms: int) -> None:
        self.now = Now(self.now.wall_ms + ms, self.now.ticks_ms + ms)

    def grow(self, blocks: int, after_ms: int) -> None:
        """Connect blocks after a time."""
        self.wait(after_ms)
        self.heights.tip = Spot(self.heights.tip.height + blocks)
        committed = ChainCommitted(1, (), Returned(), 1)
        self.progress.chain_changed(ChainChanged(committed, blocks, 0, None), self.now)

    def pace(self) -> Pace:
        return self.progress.pace(self.now)

    def told(self) -> list[str]:
        return [action.text for action in self.outbox if isinstance(action, Report)]


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (Pace(12_400, 100_000, 318_000, 16_500), "12,400 of 100,000 blocks, 5,300/s, 17 s left"),
        (Pace(1, 9, 30, 16 * 60_000), "1 of 9 blocks, 30/min, 16 min left"),
        (Pace(1, 9, 59, 3 * 3_600_000), "1 of 9 blocks, 59/min, 3 h left"),
        (Pace(1, 9, 0, None), "1 of 9 blocks, 0/min, no end in sight"),
    ],
)
def test_a_pace_in_words(pace: Pace, words: str) -> None:
    assert str(pace) == words


def test_a_steady_climb_is_measured_and_ends_when_it_says() -> None:
    climb = Climb(goal=100_000)
    for _ in range(100):
        climb.grow(500, after_ms=100)
    assert climb.pace() == Pace(50_000, 100_000, 300_000, 10_000)


def test_the_rate_is_that_of_the_last_while_alone() -> None:
    climb = Climb(goal=100_000)
    climb.grow(50_000, after_ms=1_000)
    for _ in range(40):
        climb.grow(10, after_ms=PROGRESS_STEP_MS)
    assert climb.pace().blocks_per_minute == 1_200
    climb.wait(PROGRESS_OVER_MS + PROGRESS_STEP_MS)
    assert climb.pace() == Pace(50_400, 100_000, 0, None)


def test_after_a_pause_it_is_measured_from_the_first_step_on() -> None:
    climb = Climb(goal=20_000)
    climb.grow(500, after_ms=3_600_000)
    for _ in range(10):
        climb.grow(500, after_ms=100)
    assert climb.pace() == Pace(5_500, 20_000, 300_000, 2_900)


def test_what_is_noted_is_bounded() -> None:
    climb = Climb(goal=1_000_000)
    for _ in range(1_000):
        climb.grow(1, after_ms=PROGRESS_STEP_MS // 10)
    assert len(climb.progress._past) <= PROGRESS_OVER_MS // PROGRESS_STEP_MS + 2


def test_a_chain_that_went_back_has_no_rate() -> None:
    climb = Climb(goal=10)
    climb.grow(8, after_ms=10)
    climb.grow(-3, after_ms=PROGRESS_STEP_MS)
    climb.grow(-1, after_ms=PROGRESS_OVER_MS)
    assert climb.pace() == Pace(4, 10, 0, None)


def test_far_behind_a_line_now_and_then_tells_of_it_and_when_level_one_for_each_tip() -> None:
    climb = Climb(goal=1_000)
    for _ in range(99):
        climb.grow(10, after_ms=PROGRESS_TOLD_EVERY_MS // 10)
    told = climb.told()
    assert len(told) == 9
    assert told[0] == "catching up: 100 of 1,000 blocks, 20/s, 45 s left"
    climb.grow(10, after_ms=10)
    climb.heights.best = Spot(1_001)
    climb.grow(1, after_ms=10)
    zeroes = "0" * 16
    assert climb.told()[9:] == [f"tip 1,000 {zeroes}, 10 connected", f"tip 1,001 {zeroes}, 1 connected"]


def test_a_lie_of_one_peer_is_no_goal_where_others_say_less(stage: Stage) -> None:
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, [0] * 3)
    tip = staged[-1]
    for height in (3, 3, 2**32 - 1):
        friend = stage.stranger()
        friend.dial(host)
        friend.greet(friend.hello(height=height, tip=tip.block.hash, work=tip.work.to_bytes(32, "big")))
    friend.say(GetStatus())
    friend.wait(200)
    (status,) = friend.told(Status)
    assert (status.height, status.goal, status.blocks_per_minute, status.time_left) == (0, 3, 0, None)


def test_headers_that_are_held_are_a_goal_whatever_peers_say(stage: Stage) -> None:
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, [0] * 3)
    tip = staged[-1]
    friend = stage.stranger()
    friend.dial(host)
    friend.greet(friend.hello(height=1, tip=tip.block.hash, work=tip.work.to_bytes(32, "big")))
    items = tuple(item.block.header.encode() for item in staged)
    friend.say(Chain(what="headers", start=1, items=items, height=1, tip=tip.block.hash))
    friend.wait(200)
    assert host.node.status(host.now()).goal == 3
