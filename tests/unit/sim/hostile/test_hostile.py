"""What every hostile node does as an honest one would: greets, stays in conversation, follows the chain."""

from p2pchain.chain.network import Network
from p2pchain.node.events import Address
from p2pchain.sim.hostile.hostile import HEADERS_PER_QUESTION, REDIAL_MS, Hostile
from p2pchain.sim.links import Links
from p2pchain.sim.world import World
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

from .den import ANSWER_MS, Den

ONE, TWO = b"1" * 32, b"2" * 32


def headers(den: Den, count: int) -> tuple[bytes, ...]:
    return tuple(item.block.header.encode() for item in den.chain(*[0] * count))


def chain_of(items: tuple[bytes, ...]) -> Chain:
    return Chain(what="headers", start=1, items=items, height=len(items), tip=ONE)


def test_it_greets_and_answers_as_a_node_that_has_nothing(den: Den) -> None:
    den.bring(Hostile)
    (hello,) = den.first.told(Hello)
    genesis = den.stage.network.genesis.hash
    assert (hello.height, hello.tip) == (0, genesis)
    assert den.ask(Ping(nonce=7), Pong) == [Pong(nonce=7)]
    assert den.ask(GetPeers(), PeersMessage) == [PeersMessage(addresses=())]
    (chain,) = den.ask(GetChain(locator=(ONE,), what="headers", limit=5), Chain)
    assert (chain.items, chain.height, chain.tip) == ((), 0, genesis)
    assert den.ask(GetBlocks(hashes=(ONE, TWO)), BlockMessage) == [
        BlockMessage(hash=ONE, missing=True),
        BlockMessage(hash=TWO, missing=True),
    ]
    assert den.ask(GetContents(txids=(ONE, TWO)), Contents) == [Contents(contents=(None, None))]
    assert den.first.told(GetChain) == []
    assert not den.first.closed


def test_it_asks_whom_it_meets_for_a_longer_chain(den: Den) -> None:
    den.bring(Hostile)
    stranger = den.stage.stranger()
    hostile = den.stage.links.neighbours(den.first)[0]
    den.stage.links.dial(stranger, hostile.address)
    stranger.wait(ANSWER_MS)
    (question,) = den.ask(stranger.hello(height=1), GetChain, stranger)
    assert question.locator[0] == question.locator[-1] == den.stage.network.genesis.hash


def test_it_follows_the_chain_by_its_headers(den: Den) -> None:
    hostile = den.bring(Hostile)
    items = headers(den, HEADERS_PER_QUESTION + 2)
    first, rest = items[:HEADERS_PER_QUESTION], items[HEADERS_PER_QUESTION:]
    (question,) = den.ask(chain_of(first), GetChain)
    assert hostile.tip.header.encode() == first[-1]
    assert question.locator[0] == hostile.tip.hash
    assert len(question.locator) == 11
    assert den.ask(chain_of(rest), GetChain) == []
    assert hostile.tip.header.encode() == rest[-1]
    assert den.ask(chain_of(headers(den, 3)), GetChain) == []
    assert hostile.tip.header.encode() == rest[-1]


def test_it_follows_new_blocks_and_asks_for_what_is_below_those_that_it_does_not_know(den: Den) -> None:
    hostile = den.bring(Hostile)
    staged = den.chain(0, 0, 0)
    den.tell_headers(staged[:1])
    assert hostile.tip.hash == staged[0].block.hash
    (question,) = den.ask(NewBlock(block=staged[2].block.encode()), GetChain)
    assert question.locator[0] == staged[0].block.hash
    assert den.ask(NewBlock(block=staged[1].block.encode()), GetChain) == []
    assert hostile.tip.hash == staged[1].block.hash


class Pinger(Hostile):
    """Says something to all, again and again."""

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        super().__init__(world, links, network, address)
        self._every(100, lambda: self._tell_all(Ping(nonce=5)))


def test_it_can_do_something_again_and_again_at_moments_that_chance_decides(den: Den) -> None:
    den.bring(Pinger)
    counts = []
    for _ in range(20):
        before = len(den.first.told(Ping))
        den.stage.world.run_for(1_000)
        counts.append(len(den.first.told(Ping)) - before)
    assert 160 < sum(counts) < 240
    assert len(set(counts)) > 3
    assert den.first.told(Ping) == den.second.told(Ping)


def test_what_it_has_no_answer_for_it_passes_over(den: Den) -> None:
    hostile = den.bring(Hostile)
    den.first.say(
        HaveTx(txids=(ONE,)), Chain(what="headers", start=9, items=headers(den, 3)[2:], height=9, tip=ONE)
    )
    den.first.wait(ANSWER_MS)
    assert hostile.tip == hostile.builder.genesis
    assert not den.first.closed


def test_it_keeps_what_it_was_told_goodbye_for_and_comes_again_where_it_is_let_in(den: Den) -> None:
    hostile = den.bring(Hostile)
    den.first.say(Bye(code="tired", reason="of you"))
    den.first.wait(ANSWER_MS)
    assert hostile.farewells == ["tired"]
    left, kept = hostile.connections
    den.stage.links.close(den.first, den.first.connections[0], "done")
    den.first.wait(2 * REDIAL_MS)
    assert len(hostile.connections) == 2
    assert kept in hostile.connections
    assert left not in hostile.connections
