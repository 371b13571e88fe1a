"""Side branches of headers: forgotten where there are too many, but for those that somebody may need."""

import pytest

from p2pchain.chain.tree import Entry
from p2pchain.node import branches as module
from p2pchain.node import ledger as ledger_module
from p2pchain.node.limits import TREE_PRUNE_EVERY_MS
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

LARGE = 100


@pytest.fixture
def host(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host with a chain of 40, in whose memory there is little room for headers."""
    monkeypatch.setattr(module, "TREE_LARGE", LARGE)
    monkeypatch.setattr(module, "TREE_KEPT_FOR_PEERS", LARGE // 2)
    monkeypatch.setattr(ledger_module, "TREE_MAX", LARGE + 20)
    host = stage.host()
    friend = stage.friend(host)
    for item in stage.builder.chain(stage.builder.genesis, [0] * 40):
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(60)
    assert held(host) == 41
    return host


def tell_of(stage: Stage, host: Host, length: int) -> Entry:
    """Have a peer tell of a branch of headers from genesis; gives its end."""
    staged = stage.builder.chain(stage.builder.genesis, [0] * length)
    friend = stage.friend(host)
    friend.say(*(NewBlock(header=item.block.header.encode()) for item in staged))
    friend.wait(100)
    assert not friend.closed
    entry = host.node._parts.ledger.tree.get(staged[-1].block.hash)
    assert entry is not None
    return entry


def held(host: Host) -> int:
    return len(host.node._parts.ledger.tree)


def test_branches_that_nobody_needs_are_forgotten_in_time(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    for number in range(300):
        _, block = stage.builder.block(stage.builder.genesis)
        friend.say(NewBlock(header=block.header.encode()))
        friend.wait(TREE_PRUNE_EVERY_MS // 50)
        assert held(host) <= LARGE + 20, number
    assert not friend.closed


def test_who_sends_them_faster_than_that_is_let_go(stage: Stage, host: Host) -> None:
    friend = stage.friend(host)
    for _ in range(200):
        _, block = stage.builder.block(stage.builder.genesis)
        friend.say(NewBlock(header=block.header.encode()))
    friend.wait(500)
    assert friend.farewell() == "too_many_headers"
    assert held(host) <= LARGE + 20
    assert not stage.friend(host).closed


def test_the_branch_that_a_peer_is_telling_of_outlives_a_flood(stage: Stage, host: Host) -> None:
    better = stage.builder.chain(stage.builder.genesis, [0] * 45)
    tip = better[-1].block
    headers = [item.block.header.encode() for item in better]
    honest, flooder = stage.stranger(), stage.friend(host)
    honest.dial(host)
    honest.greet(honest.hello(height=45, tip=tip.hash, work=better[-1].work.to_bytes(32, "big")))
    for start in range(0, 45, 15):
        assert len(honest.told(GetChain)) == start // 15 + 1
        items = tuple(headers[start : start + 15])
        honest.say(Chain(what="headers", start=start + 1, items=items, height=45, tip=tip.hash))
        for _ in range(80):
            _, block = stage.builder.block(stage.builder.genesis)
            flooder.say(NewBlock(header=block.header.encode()))
            flooder.wait(25)
    assert not honest.closed
    assert host.node.status(host.now()).best_header == 45


def test_of_the_branches_that_peers_tell_of_the_longest_go_first_where_not_all_fit(
    stage: Stage, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TREE_KEPT_FOR_PEERS", 18)
    ends = [tell_of(stage, host, length) for length in (12, 10, 8)]
    tree = host.node._parts.ledger.tree
    assert held(host) == 41 + 12 + 10 + 8
    monkeypatch.setattr(module, "TREE_LARGE", 60)
    stage.friend(host).wait(TREE_PRUNE_EVERY_MS)
    assert [tree.get(end.hash) is end for end in ends] == [False, True, True]
    assert held(host) == 41 + 10 + 8
