"""A header teller keeps a branch of headers ahead of the honest tip, and never sends a body."""

from itertools import pairwise

from p2pchain.chain.header import Header
from p2pchain.sim.hostile.header_teller import AHEAD, EVERY_MS, HeaderTeller
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock

from .den import ANSWER_MS, Den


def branch(den: Den, *locator: bytes) -> list[Header]:
    (answer,) = den.ask(GetChain(locator=locator, what="headers", limit=500), Chain)
    assert not answer.items or Header.decode(answer.items[-1]).hash == answer.tip
    return [Header.decode(each) for each in answer.items]


def test_it_tells_of_a_branch_ahead_of_the_honest_tip_and_gives_its_headers(den: Den) -> None:
    den.bring(HeaderTeller)
    staged = den.chain(0, 0, 0)
    den.tell_headers(staged)
    den.first.wait(10 * EVERY_MS)
    newest = Header.decode(den.first.told(NewBlock)[-1].header or b"")
    headers = branch(den, den.stage.network.genesis.hash)
    assert headers[-1] == newest
    assert 3 + AHEAD[0] <= newest.height <= 3 + AHEAD[1]
    honest = {den.stage.network.genesis.hash, *(item.block.hash for item in staged)}
    assert headers[0].previous_hash in honest
    for below, above in pairwise(headers):
        assert above.previous_hash == below.hash
        assert above.meets_target()
    assert branch(den, headers[0].hash) == headers[1:]


def test_it_tells_of_the_same_header_again_until_the_honest_tip_is_better(den: Den) -> None:
    den.bring(HeaderTeller)
    den.first.wait(10 * EVERY_MS)
    told = den.first.told(NewBlock)
    assert len(told) > 3
    assert len(set(told)) == 1
    den.tell_headers(den.chain(*[0] * (AHEAD[1] + 1)))
    den.first.wait(10 * EVERY_MS)
    assert len(set(den.first.told(NewBlock))) == 2


def test_whoever_asks_for_bodies_hears_that_they_are_missing_or_nothing(den: Den) -> None:
    den.bring(HeaderTeller)
    den.first.wait(5 * EVERY_MS)
    header = Header.decode(den.first.told(NewBlock)[-1].header or b"")
    answers = [den.ask(GetBlocks(hashes=(header.hash,)), BlockMessage) for _ in range(30)]
    assert [] in answers
    assert [BlockMessage(hash=header.hash, missing=True)] in answers
    assert len({tuple(each) for each in answers}) == 2


def test_it_greets_with_its_branch(den: Den) -> None:
    teller = den.bring(HeaderTeller)
    assert branch(den, den.stage.network.genesis.hash) == []
    den.first.wait(5 * EVERY_MS)
    stranger = den.stage.stranger()
    den.stage.links.dial(stranger, teller.address)
    stranger.wait(ANSWER_MS)
    (hello,) = stranger.told(Hello)
    assert hello.tip == teller._branch[-1].hash
    assert int.from_bytes(hello.work, "big") == teller._branch[-1].work
    assert hello.height == teller._branch[-1].height >= AHEAD[0]
