"""Signs of life are asked for, and their absence noticed."""

from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


def test_a_ping_is_answered_with_its_nonce(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(Ping(nonce=77))
    friend.wait(200)

    assert [pong.nonce for pong in friend.told(Pong)] == [77]
