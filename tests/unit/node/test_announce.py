"""Tips are told to others, and heard from them."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.node.config import MiningMode
from p2pchain.node.connecting import ChainChanged
from p2pchain.node.events import ChainCommitted, Now, WritesPaused, WritesResumed
from p2pchain.node.ports import Returned
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

HOUR_MS = 3_600_000


def test_a_new_block_is_told_whole_to_who_has_its_parent(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, [stage.builder.record()])
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    assert host.tip == block.hash
    assert [message.block for message in other.told(NewBlock)] == [block.encode()]
    assert sender.told(NewBlock) == []


def test_a_new_block_is_told_to_all_at_once(stage: Stage) -> None:
    host = stage.host()
    sender, *others = (stage.friend(host) for _ in range(4))
    _, block = stage.builder.block(stage.builder.genesis, [stage.builder.record()])
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    assert [[told.block for told in other.told(NewBlock)] for other in others] == [[block.encode()]] * 3


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


def big_block(stage: Stage, known: int) -> tuple[Block, list[bytes]]:
    """A block that is worth telling of in its compact form, and the first of its records, encoded."""
    records = [stage.builder.record(bytes(400)) for _ in range(12)]
    return stage.builder.block(stage.builder.genesis, records)[1], [each.encode() for each in records[:known]]


def test_who_was_not_told_of_the_records_gets_the_whole_block(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block, records = big_block(stage, 12)
    connection = host.node._parts.peers.nodes()[1].connection
    host.post(WritesPaused(connection))
    sender.say(NewTx(transactions=tuple(records), ack=False))
    sender.wait(300)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    host.post(WritesResumed(connection))
    other.wait(100)
    assert other.told(NewTx) == []
    assert [message.block for message in other.told(NewBlock)] == [block.encode()]


def test_a_compact_block_of_the_future_is_held_as_a_header(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + 80_000)
    friend.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=()))
    friend.wait(21_000)
    assert host.node.status(host.now()).best_header == 1
    assert [message.hashes for message in friend.told(GetBlocks)] == [(block.hash,)]


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


def test_a_block_of_which_something_is_forgotten_is_told_as_a_header(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    block, _ = big_block(stage, 0)
    host.post(WritesPaused(host.node._parts.peers.nodes()[1].connection))
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    host.ask(Forget(txids=(block.transactions[0].txid,)))
    sender.wait(300)
    host.post(WritesResumed(host.node._parts.peers.nodes()[1].connection))
    other.wait(100)
    assert [message.header for message in other.told(NewBlock)] == [block.header.encode()]


def test_a_whole_block_is_taken_in_when_its_time_has_come(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, timestamp=host.now().wall_ms + 80_000)
    friend.say(NewBlock(block=block.encode()))
    friend.wait(21_000)
    assert host.tip == block.hash


def test_a_block_that_is_announced_compact_is_put_together(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis)
    friend.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=()))
    friend.wait(300)
    assert host.tip == block.hash
    assert friend.told(GetBlocks) == []


def test_who_could_not_take_it_before_it_was_on_disk_gets_it_compact_all_the_same(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    connection = host.node._parts.peers.nodes()[1].connection
    block, records = big_block(stage, 12)
    sender.say(NewTx(transactions=tuple(records), ack=False))
    sender.wait(300)
    host.post(WritesPaused(connection))
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    assert host.tip == block.hash
    assert other.told(NewBlock) == []
    host.post(WritesResumed(connection))
    other.wait(100)
    (told,) = other.told(NewBlock)
    assert told.short_ids is not None
    assert told.header == block.header.encode()


def test_a_tip_whose_block_is_on_disk_only_is_told_as_a_header(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    host.post(WritesPaused(host.node._parts.peers.nodes()[1].connection))
    _, block = stage.builder.block(stage.builder.genesis)
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    changed = ChainChanged(ChainCommitted(0, (), Returned(), 1), 1, 0, None)
    host.node._parts.announce.chain_changed(changed, host.now())
    host.post(WritesResumed(host.node._parts.peers.nodes()[1].connection))
    other.wait(100)
    assert [message.header for message in other.told(NewBlock)] == [block.header.encode()]


def test_a_block_that_was_condemned_is_passed_over_and_nobody_blamed(stage: Stage) -> None:
    host = stage.host()
    _, block = stage.builder.block(stage.builder.genesis)
    friend = stage.friend(host)
    friend.say(NewBlock(header=block.header.encode()))
    friend.wait(100)
    host.node._parts.ledger.condemn(host.node._parts.ledger.best)
    other = stage.friend(host)
    for form in (NewBlock(header=block.header.encode()), NewBlock(block=block.encode())):
        other.say(form)
        other.wait(300)
    assert host.tip == stage.network.genesis.hash
    assert host.node.status(host.now()).best_header == 0
    assert not other.closed
    assert all(peer.knows_tip != block.hash for peer in host.node._parts.peers.nodes()[1:])


def test_who_tells_of_what_stands_here_already_has_no_part_look_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    one, other = stage.friend(host), stage.friend(host)
    staged = stage.builder.chain(stage.builder.genesis, [0, 0])
    one.say(NewBlock(block=staged[0].block.encode()))
    one.wait(300)
    looks: list[Now] = []
    monkeypatch.setattr(host.node, "_settle", looks.append)
    other.say(NewBlock(block=staged[0].block.encode()))
    other.say(NewBlock(header=staged[0].block.header.encode()))
    other.wait(300)
    assert host.node._parts.peers.nodes()[1].knows_tip == staged[0].block.hash
    assert looks == []
    other.say(NewBlock(header=staged[1].block.header.encode()))
    other.wait(300)
    assert len(looks) == 1
