"""Tips are told to others, and heard from them."""

import pytest

from p2pchain.chain.header import Header
from p2pchain.node.config import MiningMode
from p2pchain.node.events import WritesPaused, WritesResumed
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

HOUR_MS = 3_600_000


def test_a_new_block_is_told_whole_to_who_has_its_parent(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    assert host.tip == block.hash
    assert [message.block for message in other.told(NewBlock)] == [block.encode()]
    assert sender.told(NewBlock) == []


def test_who_is_further_behind_gets_the_header_and_asks(stage: Stage) -> None:
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, [0, 0])
    friend = stage.friend(host)
    host_connection = next(peer.connection for peer in host.node._parts.peers.nodes())
    host.post(WritesPaused(host_connection))
    sender = stage.friend(host)
    for item in staged:
        sender.say(NewBlock(block=item.block.encode()))
        sender.wait(300)
    assert host.tip == staged[1].block.hash
    assert friend.told(NewBlock) == []
    host.post(WritesResumed(host_connection))
    friend.wait(100)
    (told,) = friend.told(NewBlock)
    assert told.block is None
    assert Header.decode(told.header or b"") == staged[1].block.header


def test_an_announced_header_is_followed_up(stage: Stage) -> None:
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, [0, 0])
    friend = stage.friend(host)
    friend.say(NewBlock(header=staged[1].block.header.encode()))
    friend.wait(200)
    assert len(friend.told(GetChain)) == 1
    other = stage.friend(host)
    other.say(NewBlock(header=staged[0].block.header.encode()))
    other.wait(200)
    assert [message.hashes for message in other.told(GetBlocks)] == [(staged[0].block.hash,)]


def test_a_block_whose_parent_is_unknown_waits_for_the_headers_between(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    parent, _ = stage.builder.block(stage.builder.genesis)
    _, orphan = stage.builder.block(parent)
    friend.say(NewBlock(block=orphan.encode()))
    friend.wait(200)
    assert len(friend.told(GetChain)) == 1
    assert not friend.closed


def test_a_block_of_the_future_is_not_taken_in_and_nobody_blamed(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + HOUR_MS)
    friend.say(NewBlock(block=block.encode()), NewBlock(header=block.header.encode()))
    friend.wait(200)
    assert friend.told(Bye) == []
    assert host.node.status(host.now()).best_header == 0
    assert any("forgotten" in line for line in host.reports)


def test_junk_costs_the_connection(stage: Stage) -> None:
    host = stage.host()
    for junk in (NewBlock(block=b"junk"), NewBlock(header=bytes(92))):
        friend = stage.friend(host)
        friend.say(junk)
        friend.wait(200)
        assert friend.closed
        assert friend.farewell()


def test_two_tips_of_equal_work_are_told_once_each(stage: Stage) -> None:
    """Who keeps another tip of equal work is told of ours once, however often it tells of its own."""
    host = stage.host()
    _, ours = stage.builder.block(stage.builder.genesis)
    _, theirs = stage.builder.block(stage.builder.genesis)
    if theirs.hash < ours.hash:
        ours, theirs = theirs, ours
    friend = stage.friend(host)
    other = stage.friend(host)
    other.say(NewBlock(block=ours.encode()))
    other.wait(300)
    for _ in range(5):
        friend.say(NewBlock(block=theirs.encode()))
        friend.wait(200)
    assert host.tip == ours.hash
    assert len(friend.told(NewBlock)) == 1


def test_what_it_mines_itself_it_tells(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    friend = stage.friend(host)
    host.submit(stage.builder.record())
    friend.wait(20_000)
    assert len(friend.told(NewBlock)) == 1


def test_what_was_held_and_has_lost_its_parent_is_asked_about(stage: Stage) -> None:
    host = stage.host()
    friend, other = stage.friend(host), stage.friend(host)
    parent, block = stage.builder.block(stage.builder.genesis)
    child, _ = stage.builder.block(parent, timestamp=host.now().wall_ms + 80_000)
    friend.say(NewBlock(header=block.header.encode()), NewBlock(header=child.header.encode()))
    friend.wait(200)
    host.node._parts.ledger.tree.condemn(host.node._parts.ledger.best)
    other.wait(21_000)
    assert host.node.status(host.now()).best_header == 0
    assert len(friend.told(GetChain)) == 1


def test_what_was_held_and_has_no_room_now_is_passed_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    side, _ = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + 80_000)
    friend.say(NewBlock(header=side.header.encode()))
    for staged in stage.builder.chain(stage.builder.genesis, [0, 0]):
        friend.say(NewBlock(block=staged.block.encode()))
        friend.wait(300)
    monkeypatch.setattr("p2pchain.node.ledger.TREE_MAX", 0)
    friend.wait(21_000)
    assert any("passed over (too_many_headers)" in line for line in host.reports)
    assert not friend.closed
