"""Questions with long answers: one at a time, and none while the last answer waits to be read."""

from functools import partial

from p2pchain.node.events import Direction, Now, WritesPaused, WritesResumed
from p2pchain.node.limits import QUESTIONS_MAX
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.pending import PendingMessage

WHOLE = GetChain(locator=(), what="blocks", limit=500)
PENDING = GetPending(limit=500)


def connection(host: Host) -> int:
    return host.node._parts.peers.nodes()[0].connection


def test_all_are_answered_in_order(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(PENDING, WHOLE, PENDING, WHOLE)
    friend.wait(200)
    kinds = [type(message) for message in friend.heard if isinstance(message, PendingMessage | Chain)]
    assert kinds == [PendingMessage, Chain, PendingMessage, Chain]


def test_none_is_answered_while_the_last_answer_waits_to_be_read(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.post(WritesPaused(connection(host)))
    friend.say(WHOLE, PENDING)
    friend.wait(200)
    assert friend.told(Chain) == []
    host.post(WritesResumed(connection(host)))
    friend.wait(200)
    assert len(friend.told(Chain)) == len(friend.told(PendingMessage)) == 1


def test_who_asks_more_and_more_is_let_go_and_hears_no_more(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.post(WritesPaused(connection(host)))
    friend.say(*[WHOLE] * (QUESTIONS_MAX + 1))
    friend.wait(200)
    assert friend.farewell() == "too_much_asked"
    assert friend.told(Chain) == []


def test_a_few_bytes_do_not_become_many_at_once(stage: Stage) -> None:
    host = stage.host()
    stage.friend(host)
    questions = host.node._parts.questions
    peer = host.node._parts.peers.nodes()[0]
    begun: list[int] = []

    def begin(number: int, *, at_once: bool) -> bool:
        begun.append(number)
        return at_once

    questions.ask(peer, lambda: begin(1, at_once=True))
    questions.ask(peer, lambda: begin(2, at_once=False))
    questions.ask(peer, lambda: begin(3, at_once=True))
    for expected in ([1], [1, 2], [1, 2]):
        questions.settle(Now(0, 0))
        assert begun == expected
    assert questions.answered(peer.connection) is peer
    questions.settle(Now(0, 0))
    assert begun == [1, 2, 3]
    assert questions.answered(-5) is None


def test_of_many_who_ask_one_is_answered_a_turn_each_after_the_other(stage: Stage) -> None:
    host = stage.host()
    for _ in range(3):
        stage.friend(host)
    parts = host.node._parts
    begun: list[int] = []

    def begin(number: int, *, at_once: bool) -> bool:
        begun.append(number)
        return at_once

    for number, peer in enumerate(parts.peers.nodes()):
        for _ in range(2):
            parts.questions.ask(peer, partial(begin, number, at_once=number != 1))
    for expected in ([0], [0, 1, 2], [0, 1, 2, 0], [0, 1, 2, 0, 2]):
        parts.questions.settle(host.now())
        assert begun == expected
        assert parts.timers.wakes_at() == host.now().ticks_ms


def test_the_operator_may_ask_as_much_as_it_likes(stage: Stage) -> None:
    host = stage.host()
    for _ in range(3 * QUESTIONS_MAX):
        host.ask(PENDING)
    (control,) = [each for each in host.node._parts.peers.all() if each.direction is Direction.CONTROL]
    assert not control.questions
