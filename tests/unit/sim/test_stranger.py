"""A peer played by hand hears what a host says to it, and of its goodbye."""

import pytest

from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


def test_it_talks_with_a_host(stage: Stage) -> None:
    host, stranger = stage.host(), stage.stranger()
    closed = [stranger.closed]
    stranger.dial(host)
    assert [*closed, stranger.closed] == [True, False]
    stranger.greet()
    begun_ms = stage.world.ticks_ms
    stranger.say(Ping(nonce=7), Ping(nonce=8))
    stranger.wait(300)
    assert stage.world.ticks_ms == begun_ms + 300
    assert len(stranger.told(Hello)) == 1
    assert stranger.told(Pong) == [Pong(nonce=7), Pong(nonce=8)]
    assert stranger.farewell() == ""


def test_it_hears_why_it_is_cut_off_and_says_nothing_more(stage: Stage) -> None:
    host, stranger = stage.host(), stage.stranger()
    stranger.dial(host)
    stranger.greet()
    stranger.say_bytes(b"\xff" * 100)
    stranger.wait(2_000)
    assert stranger.closed
    assert stranger.farewell() != ""
    sent = stage.links.bytes_carried
    stranger.say_bytes(b"more")
    assert stage.links.bytes_carried == sent


def test_a_host_that_is_down_does_not_answer(stage: Stage) -> None:
    host = stage.host()
    host.crash()
    with pytest.raises(AssertionError, match=r"10\.0\.0\.1:4343 does not answer"):
        stage.stranger().dial(host)
