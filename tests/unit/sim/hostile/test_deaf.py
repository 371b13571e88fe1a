"""A deaf node asks for blocks again and again, and reads nothing."""

from p2pchain.sim.hostile.deaf import EVERY_MS, Deaf
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

from .den import Den


def test_it_greets_and_asks_for_whole_blocks_again_and_again(den: Den) -> None:
    den.bring(Deaf)
    den.first.wait(20 * EVERY_MS)
    assert len(den.first.told(Hello)) == 1
    questions = den.first.told(GetChain)
    assert len(questions) > 10
    assert {(each.what, each.locator) for each in questions} == {
        ("blocks", (den.stage.network.genesis.hash,))
    }


def test_what_is_sent_to_it_waits_where_it_came_from(den: Den) -> None:
    den.bring(Deaf)
    assert den.ask(Ping(nonce=1), Pong) == []
    for _ in range(3):
        den.first.say_bytes(bytes(200_000))
        den.first.wait(200)
    assert den.stage.links.longest_queue(den.first) > 200_000
