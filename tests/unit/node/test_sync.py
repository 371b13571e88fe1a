"""Headers first: who is asked, and what becomes of the answers."""

import pytest

from p2pchain.node import sync
from p2pchain.node.actions import StagedBlock
from p2pchain.node.limits import HEADERS_LATE_MS, HEADERS_PER_REQUEST, HEADERS_TIMEOUT_MS
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

TIME_FAR_AHEAD_MS = 3_600_000


def chain_of(stage: Stage, length: int) -> list[StagedBlock]:
    return stage.builder.chain(stage.builder.genesis, [0] * length)


def greet_with(stranger: Stranger, tip: StagedBlock) -> None:
    """Say hello as a node whose chain ends with a block."""
    header = tip.block.header
    stranger.greet(stranger.hello(height=header.height, tip=header.hash, work=tip.work.to_bytes(32, "big")))


def headers(staged: list[StagedBlock], start: int, tip: StagedBlock) -> Chain:
    items = tuple(item.block.header.encode() for item in staged)
    return Chain(what="headers", start=start, items=items, height=tip.block.height, tip=tip.block.hash)


def test_who_has_more_work_is_asked_and_then_for_the_bodies(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 3)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, staged[-1])
    (asked,) = friend.told(GetChain)
    assert asked.what == "headers"
    assert asked.locator == (stage.network.genesis.hash,)
    friend.say(headers(staged, 1, staged[-1]))
    friend.wait(200)
    (bodies,) = friend.told(GetBlocks)
    assert bodies.hashes == tuple(item.block.hash for item in staged)
    assert host.node.status(host.now()).best_header == 3
    assert host.node.status(host.now()).height == 0


def test_who_has_no_more_than_we_is_not_asked(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    assert friend.told(GetChain) == []


def test_a_long_chain_is_asked_for_piece_by_piece(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, HEADERS_PER_REQUEST + 2)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, staged[-1])
    friend.say(headers(staged[:HEADERS_PER_REQUEST], 1, staged[-1]))
    friend.wait(200)
    first, second = friend.told(GetChain)
    assert second.locator[0] == staged[HEADERS_PER_REQUEST - 1].block.hash
    assert first.limit == HEADERS_PER_REQUEST
    friend.say(headers(staged[HEADERS_PER_REQUEST:], HEADERS_PER_REQUEST + 1, staged[-1]))
    friend.wait(200)
    assert len(friend.told(GetChain)) == 2
    assert host.node.status(host.now()).best_header == len(staged)


def test_only_one_is_asked_while_far_behind_and_another_if_it_leaves(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, HEADERS_PER_REQUEST + 1)
    first, second = stage.stranger(), stage.stranger()
    for stranger in (first, second):
        stranger.dial(host)
        greet_with(stranger, staged[-1])
    assert [len(stranger.told(GetChain)) for stranger in (first, second)] == [1, 0]
    stage.links.crash(first)
    second.wait(200)
    assert len(second.told(GetChain)) == 1


def test_where_the_first_is_late_another_is_asked_too(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 2 * HEADERS_PER_REQUEST + 1)
    first, second = stage.stranger(), stage.stranger()
    for stranger in (first, second):
        stranger.dial(host)
        greet_with(stranger, staged[-1])
    first.wait(HEADERS_LATE_MS)
    assert [len(stranger.told(GetChain)) for stranger in (first, second)] == [1, 1]
    second.say(headers(staged[:HEADERS_PER_REQUEST], 1, staged[-1]))
    second.wait(200)
    first.say(headers(staged[:HEADERS_PER_REQUEST], 1, staged[-1]))
    first.wait(200)
    assert [len(stranger.told(GetChain)) for stranger in (first, second)] == [1, 2]


def test_who_sends_headers_one_by_one_is_not_waited_for(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, HEADERS_PER_REQUEST + 2)
    dribbles, second = stage.stranger(), stage.stranger()
    for stranger in (dribbles, second):
        stranger.dial(host)
        greet_with(stranger, staged[-1])
    dribbles.say(headers(staged[:1], 1, staged[-1]))
    dribbles.wait(200)
    assert len(second.told(GetChain)) == 1


def test_who_says_the_same_again_and_again_is_asked_no_more(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 3)
    repeats = stage.stranger()
    repeats.dial(host)
    repeats.greet(repeats.hello(height=900, tip=b"?" * 32, work=(2**200).to_bytes(32, "big")))
    more = StagedBlock(stage.builder.block(stage.builder.genesis)[1], 0, 0)
    far = Chain(what="headers", start=1, items=headers(staged, 1, more).items, height=900, tip=b"?" * 32)
    for _ in range(5):
        repeats.say(far)
        repeats.wait(200)
        if repeats.closed:
            break
    assert len(repeats.told(GetChain)) == 2
    assert repeats.farewell() == "unasked"


def test_when_the_first_has_no_more_others_that_claim_more_are_asked(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, HEADERS_PER_REQUEST + 3)
    behind, ahead = stage.stranger(), stage.stranger()
    for stranger, tip in ((behind, staged[1]), (ahead, staged[-1])):
        stranger.dial(host)
        stranger.greet(stranger.hello(height=9_999, tip=tip.block.hash, work=tip.work.to_bytes(32, "big")))
    assert [len(stranger.told(GetChain)) for stranger in (behind, ahead)] == [1, 0]
    behind.say(headers(staged[:2], 1, staged[1]))
    behind.wait(200)
    (asked,) = ahead.told(GetChain)
    assert asked.locator[0] == staged[1].block.hash


def test_headers_without_bodies_do_not_keep_others_from_being_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "HEADERS_AHEAD_MAX", 2)
    host, told, honest = stage.host(), chain_of(stage, 9), chain_of(stage, 10)
    withholds = stage.stranger()
    withholds.dial(host)
    greet_with(withholds, told[-1])
    withholds.say(headers(told[:3], 1, told[-1]))
    withholds.wait(200)
    assert len(withholds.told(GetChain)) == 1
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, honest[-1])
    assert len(friend.told(GetChain)) == 1


def test_who_tells_of_a_block_is_asked_for_what_it_stands_on(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 3)
    friend = stage.friend(host)
    friend.say(NewBlock(header=staged[2].block.header.encode()))
    friend.wait(200)
    assert len(friend.told(GetChain)) == 1
    friend.say(headers(staged, 1, staged[-1]))
    friend.wait(200)
    friend.say(NewBlock(header=staged[2].block.header.encode()))
    friend.wait(200)
    (bodies,) = friend.told(GetBlocks)
    assert len(bodies.hashes) == 3


def test_who_does_not_answer_in_time_has_to_go_unless_bodies_may_stand_in_line_before(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 2)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, staged[-1])
    (peer,) = host.node._parts.peers.nodes()
    peer.asked_blocks.add(staged[0].block.hash)
    friend.wait(HEADERS_TIMEOUT_MS)
    assert not friend.closed
    peer.asked_blocks.clear()
    friend.wait(HEADERS_TIMEOUT_MS)
    assert friend.farewell() == "headers_timeout"


def test_an_answer_that_nobody_asked_for(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(headers([], 1, chain_of(stage, 1)[0]))
    friend.wait(200)
    assert friend.farewell() == "unasked"


@pytest.mark.parametrize("places", [(0, 2), (1, 2)])
def test_headers_that_do_not_follow(stage: Stage, places: tuple[int, int]) -> None:
    host, staged = stage.host(), chain_of(stage, 3)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, staged[-1])
    friend.say(headers([staged[place] for place in places], 1, staged[-1]))
    friend.wait(200)
    assert friend.farewell() == "unconnected_headers"


def test_headers_that_are_known_and_do_not_follow(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 5)
    friend = stage.friend(host)
    friend.say(*(NewBlock(block=item.block.encode()) for item in staged[:3]))
    friend.say(NewBlock(header=staged[-1].block.header.encode()))
    friend.wait(200)
    assert host.tip == staged[2].block.hash
    assert len(friend.told(GetChain)) == 1
    friend.say(headers([staged[0], staged[2]], 1, staged[-1]))
    friend.wait(200)
    assert friend.farewell() == "unconnected_headers"


def test_who_goes_on_with_a_branch_that_was_let_go_of_meanwhile_is_asked_for_all_of_it(stage: Stage) -> None:
    host, ours, theirs = stage.host(), chain_of(stage, 9), chain_of(stage, 4)
    miner, friend = stage.friend(host), stage.friend(host)
    for stranger, chain in ((friend, theirs[:2]), (miner, ours)):
        for item in chain:
            stranger.say(NewBlock(header=item.block.header.encode()))
    friend.say(NewBlock(header=theirs[3].block.header.encode()))
    friend.wait(200)
    friend.say(headers(theirs[:3], 1, theirs[2]))
    friend.wait(200)
    host.node._parts.ledger.tree.prune(())
    for tip in theirs[3:]:
        friend.say(NewBlock(header=tip.block.header.encode()))
        friend.wait(200)
    asked = friend.told(GetChain)[-1]
    assert asked.locator[0] == theirs[2].block.hash
    friend.say(headers(theirs[3:], 4, theirs[3]))
    friend.wait(200)
    assert not friend.closed
    assert friend.told(GetChain)[-1].locator[-1] == stage.network.genesis.hash
    assert theirs[2].block.hash not in friend.told(GetChain)[-1].locator
    friend.say(headers(theirs, 1, theirs[3]))
    friend.wait(200)
    assert not friend.closed
    assert host.node._parts.ledger.tree.get(theirs[3].block.hash) is not None


def test_an_invalid_header_costs_its_sender_the_connection(stage: Stage) -> None:
    host = stage.host()
    entry, block = stage.builder.block(stage.builder.genesis)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, StagedBlock(block, entry.work, 0))
    broken = b"\0\0\0\2" + block.header.encode()[4:]
    friend.say(Chain(what="headers", start=1, items=(broken,), height=1, tip=block.hash))
    friend.wait(200)
    assert friend.farewell() == "wrong_version"


def test_a_header_of_the_future_is_nobody_s_fault_and_is_not_kept(stage: Stage) -> None:
    host = stage.host()
    ahead = host.now().wall_ms + TIME_FAR_AHEAD_MS
    entry, block = stage.builder.block(stage.builder.genesis, timestamp=ahead)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, StagedBlock(block, entry.work, 0))
    friend.say(headers([StagedBlock(block, entry.work, 0)], 1, StagedBlock(block, entry.work, 0)))
    friend.wait(200)
    assert not friend.closed
    assert host.node.status(host.now()).best_header == 0


def test_who_claims_more_than_it_shows_is_asked_no_more(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 2)
    liar = stage.stranger()
    liar.dial(host)
    liar.greet(liar.hello(height=900, tip=b"?" * 32, work=(2**200).to_bytes(32, "big")))
    liar.say(headers([], 1, staged[-1]))
    liar.wait(HEADERS_TIMEOUT_MS // 2)
    assert len(liar.told(GetChain)) == 1
    assert liar.told(GetBlocks) == []


def test_who_answered_is_not_held_to_the_time_for_it(stage: Stage) -> None:
    host, staged = stage.host(), chain_of(stage, 1)
    friend = stage.stranger()
    friend.dial(host)
    greet_with(friend, staged[-1])
    friend.say(headers(staged, 1, staged[-1]), NewBlock(block=staged[0].block.encode()))
    friend.wait(HEADERS_TIMEOUT_MS + 1_000)
    assert not friend.closed
    assert host.tip == staged[0].block.hash


def test_who_has_more_than_our_tip_is_asked_whatever_headers_others_told(stage: Stage) -> None:
    host = stage.host()
    hider, honest = stage.stranger(), stage.stranger()
    empty, staged = chain_of(stage, 9), chain_of(stage, 4)
    hider.dial(host)
    greet_with(hider, empty[-1])
    hider.say(headers(empty, 1, empty[-1]))
    hider.wait(200)
    honest.dial(host)
    greet_with(honest, staged[-1])
    assert len(honest.told(GetChain)) == 1
