"""The distance to the peers' clocks is said, and never followed."""

from p2pchain.node.events import Now
from p2pchain.node.limits import CLOCK_LOOK_MS, CLOCK_OFFSET_MAX_MS, CLOCK_WARN_MS
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.bye import Bye


def friend_with_clock(stage: Stage, host: Host, ahead_ms: int) -> Stranger:
    friend = stage.stranger()
    friend.dial(host)
    honest = friend.hello()
    friend.greet(friend.hello(time=max(0, honest.time + ahead_ms)))
    return friend


def difference_ms(host: Host, ahead_ms: int = 0) -> int:
    """What the status says, were this clock so far ahead of what it was."""
    now = host.now()
    status = host.node.status(Now(now.wall_ms + ahead_ms, now.ticks_ms))
    return status.peers_time - status.time


def warned(host: Host) -> list[str]:
    return [line for line in host.reports if "this clock" in line]


def test_with_nobody_to_compare_there_is_no_difference(stage: Stage) -> None:
    assert difference_ms(stage.host()) == 0


def test_the_median_is_said_and_one_that_lies_moves_nothing(stage: Stage) -> None:
    host = stage.host()
    for ahead_ms in (0, 5_000, 2**61):
        friend_with_clock(stage, host, ahead_ms)
    assert 4_800 < difference_ms(host) <= 5_000
    assert warned(host) == []


def test_a_clock_that_is_off_is_said_once_and_when_it_is_right_again(stage: Stage) -> None:
    host = stage.host()
    for _ in range(3):
        friend_with_clock(stage, host, CLOCK_WARN_MS + 5_000)
    assert [line.split(";")[0] for line in warned(host)] == [
        "warning: this clock is 34 s behind the median of 1 peers"
    ]
    wall_ms = host.node.status(host.now()).time
    for _ in range(4):
        friend_with_clock(stage, host, 0)
    assert [line.split(":")[0] for line in warned(host)] == ["warning", "info"]
    assert host.node.status(host.now()).time - wall_ms < 5_000
    friend_with_clock(stage, host, 0)
    assert len(warned(host)) == 2


def test_a_clock_that_is_ahead_is_said_too(stage: Stage) -> None:
    host = stage.host()
    friend_with_clock(stage, host, -CLOCK_WARN_MS - 10_000)
    assert "s ahead of the median" in warned(host)[0]


def test_a_step_of_the_own_clock_is_seen_while_peers_stay(stage: Stage) -> None:
    host = stage.host()
    friend = friend_with_clock(stage, host, 0)
    assert -3_601_000 < difference_ms(host, 3_600_000) < -3_599_000
    clocks = host.node._parts.connections._clocks
    clocks._judge(Now(host.now().wall_ms + 3_600_000, host.now().ticks_ms))
    friend.wait(CLOCK_LOOK_MS)
    assert "3,600 s ahead of" in warned(host)[0]
    assert len(warned(host)) == 2


def test_nobody_is_believed_to_be_more_than_a_year_away(stage: Stage) -> None:
    host = stage.host()
    friend_with_clock(stage, host, 2**62)
    assert difference_ms(host) == CLOCK_OFFSET_MAX_MS


def test_where_everybody_has_left_nothing_is_looked_at(stage: Stage) -> None:
    host = stage.host()
    friend = friend_with_clock(stage, host, 0)
    stage.links.crash(friend)
    friend.wait(2 * CLOCK_LOOK_MS)
    assert host.node.wakes_at() is None
    friend_with_clock(stage, host, 0)
    assert difference_ms(host) <= 0


def test_a_clock_that_is_off_is_not_right_again_when_all_peers_are_gone(stage: Stage) -> None:
    host = stage.host()
    friend_with_clock(stage, host, CLOCK_WARN_MS + 5_000).say(Bye(code="stopping", reason=""))
    stage.world.run_for(2 * CLOCK_LOOK_MS)
    assert host.node._parts.peers.nodes() == []
    assert [line.split(":")[0] for line in warned(host)] == ["warning"]
    friend_with_clock(stage, host, 0)
    assert [line.split(":")[0] for line in warned(host)] == ["warning", "info"]
