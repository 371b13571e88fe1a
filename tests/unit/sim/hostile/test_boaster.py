"""A boaster says it has more than anybody, and gives nothing, or one header at a time and late."""

import pytest

from p2pchain.sim.hostile.boaster import SLOW_MS, Boaster
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.hello import Hello

from .den import ANSWER_MS, Den


def question(*locator: bytes) -> GetChain:
    return GetChain(locator=locator, what="headers", limit=5)


def with_manner(den: Den, manner: str) -> Boaster:
    boaster = den.bring(Boaster)
    boaster._manner = dict.fromkeys(boaster.connections, manner)
    return boaster


def test_it_says_that_it_has_a_chain_beyond_all(den: Den) -> None:
    den.bring(Boaster)
    (hello,), (other,) = den.first.told(Hello), den.second.told(Hello)
    assert hello.height == other.height >= 1_000
    assert hello.tip == other.tip != den.stage.network.genesis.hash
    assert int.from_bytes(hello.work, "big") > 2**200


def test_each_connection_has_a_manner_that_chance_decides() -> None:
    found: set[str] = set()
    for seed in range(10):
        found.update(Den(seed).bring(Boaster)._manner.values())
    assert found == {"silent", "empty", "slow"}


@pytest.mark.parametrize("manner", ["silent", "empty"])
def test_it_has_nothing_to_show(den: Den, manner: str) -> None:
    with_manner(den, manner)
    den.tell_headers(den.chain(0))
    answers = den.ask(question(den.stage.network.genesis.hash), Chain)
    den.first.wait(SLOW_MS)
    assert den.first.told(Chain) == answers
    (hello,) = den.second.told(Hello)
    assert [(each.items, each.height, each.tip) for each in answers] == (
        [((), hello.height, hello.tip)] if manner == "empty" else []
    )


def test_it_gives_one_header_of_the_honest_chain_as_late_as_it_may(den: Den) -> None:
    with_manner(den, "slow")
    staged = den.chain(0, 0, 0)
    den.tell_headers(staged)
    assert den.ask(question(staged[0].block.hash, den.stage.network.genesis.hash), Chain) == []
    den.first.wait(SLOW_MS)
    (answer,) = den.first.told(Chain)
    assert answer.items == (staged[1].block.header.encode(),)
    den.ask(question(staged[2].block.hash), Chain)
    den.first.wait(SLOW_MS + ANSWER_MS)
    assert [each.items for each in den.first.told(Chain)] == [()]
