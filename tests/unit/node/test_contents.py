"""A block without all of its contents counts when they were fetched, or when it is buried."""

import pytest

from p2pchain.node import contents as module
from p2pchain.node.limits import CONTENTS_RETRY_MS, CONTENTS_SEARCHES, CONTENTS_TIMEOUT_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

from .lacking import WAIT_MS, announce, asked, bare, chain, contents_of


def test_what_is_missing_is_asked_of_every_peer_until_it_is_there(stage: Stage) -> None:
    host = stage.host()
    hider, other, honest = (stage.friend(host) for _ in range(3))
    (item,) = chain(stage, 3)
    announce(host, hider, bare(item))
    txids = tuple(each.txid for each in item.block.transactions)
    assert asked(hider) == [txids]
    assert host.tip == stage.network.genesis.hash
    hider.say(Contents(contents=(None, None, None)))
    hider.wait(WAIT_MS)
    other.say(Contents(contents=(None, item.block.transactions[1].content)))
    other.wait(WAIT_MS)
    assert asked(other) == [txids]
    assert asked(honest) == [(txids[0], txids[2])]
    honest.say(Contents(contents=(item.block.transactions[0].content,)))
    honest.wait(WAIT_MS)
    assert asked(other) == [txids, txids[2:]]
    other.say(Contents(contents=(None,)))
    other.wait(WAIT_MS)
    assert asked(honest) == [(txids[0], txids[2]), txids[2:]]
    honest.say(Contents(contents=(item.block.transactions[2].content,)))
    honest.wait(WAIT_MS)
    assert host.disk.blocks() == [item.block]


def test_what_is_pending_here_is_asked_of_nobody(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 2)
    friend.say(NewTx(transactions=tuple(each.encode() for each in item.block.transactions), ack=False))
    friend.wait(WAIT_MS)
    announce(host, friend, bare(item))
    assert asked(friend) == []
    assert host.disk.blocks() == [item.block]


def test_what_nobody_has_is_buried_by_work_with_bodies() -> None:
    stage = Stage(forget_depth=3)
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 1, 0, 0, 0, 0)
    announce(host, friend, bare(items[0]))
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    announce(host, friend, bare(items[1]), bare(items[2]))
    friend.say(NewBlock(header=items[3].block.header.encode()))
    friend.wait(20)
    assert host.tip == stage.network.genesis.hash
    announce(host, friend, bare(items[3]))
    assert host.tip == items[3].block.hash
    announce(host, friend, bare(items[4]))
    assert host.tip == items[4].block.hash
    assert any("nobody has 1 of its contents" in line for line in host.reports)


def test_what_was_buried_meanwhile_is_searched_for_no_more() -> None:
    stage = Stage(forget_depth=1)
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 1, 0)
    announce(host, friend, bare(items[0]), bare(items[1]))
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS + CONTENTS_RETRY_MS)
    assert host.tip == items[1].block.hash
    assert len(asked(friend)) == 1
    assert not any("nobody has" in line for line in host.reports)


def test_who_comes_later_and_has_it_is_asked(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, friend, bare(item))
    friend.say(Contents(contents=()))
    friend.wait(WAIT_MS)
    late = stage.friend(host)
    late.wait(WAIT_MS)
    assert len(asked(late)) == 1 or len(asked(friend)) == 2
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    late.say(contents_of(item))
    late.wait(WAIT_MS)
    assert host.tip == item.block.hash


def test_all_are_asked_again_after_a_while(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, friend, bare(item))
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS + CONTENTS_RETRY_MS)
    assert len(asked(friend)) == 2
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    assert len([line for line in host.reports if "nobody has" in line]) == 1


def test_a_peer_that_does_not_answer_costs_time_and_is_asked_no_more_until_it_has(stage: Stage) -> None:
    host = stage.host()
    silent, honest = stage.friend(host), stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, silent, bare(item))
    silent.wait(CONTENTS_TIMEOUT_MS)
    assert len(asked(honest)) == 1
    silent.say(contents_of(item))
    silent.wait(WAIT_MS)
    assert not silent.closed
    assert host.tip == stage.network.genesis.hash
    honest.say(contents_of(item))
    honest.wait(WAIT_MS)
    assert host.tip == item.block.hash


def test_a_peer_that_goes_away_leaves_the_question_to_others(stage: Stage) -> None:
    host = stage.host()
    gone, honest = stage.friend(host), stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, gone, bare(item))
    stage.links.crash(gone)
    honest.wait(WAIT_MS)
    honest.say(contents_of(item))
    honest.wait(WAIT_MS)
    assert host.tip == item.block.hash


def test_false_contents_cost_their_sender_the_connection_and_say_nothing_of_the_block(stage: Stage) -> None:
    host = stage.host()
    liar, honest = stage.friend(host), stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, liar, bare(item))
    liar.say(Contents(contents=(b"what somebody else wrote in place of it",)))
    liar.wait(WAIT_MS)
    assert liar.farewell() == "content_mismatch"
    honest.say(contents_of(item))
    honest.wait(WAIT_MS)
    assert host.tip == item.block.hash


def test_contents_that_nobody_asked_for_are_refused(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    assert friend.farewell() == "unasked"


def test_a_body_on_disk_is_filled_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.bodies.BODIES_HELD_BYTES", 1_000)
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 4, 4)
    announce(host, friend, bare(items[0]), bare(items[1]))
    for _ in items:
        friend.say(Contents(contents=()))
        friend.wait(WAIT_MS)
    friend.wait(CONTENTS_RETRY_MS)
    held = {each.txid: each.content for item in items for each in item.block.transactions}
    for _ in items:
        friend.say(Contents(contents=tuple(held[txid] for txid in asked(friend)[-1])))
        friend.wait(WAIT_MS)
    assert host.disk.blocks() == [item.block for item in items]


def test_few_blocks_are_searched_for_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONTENTS_SEARCHES", 1)
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 1, 1, 1)
    announce(host, friend, *map(bare, items))
    stage.links.crash(stage.friend(host))
    for item in items:
        assert len(host.node._parts.contents) == 1
        assert asked(friend)[-1] == (item.block.transactions[0].txid,)
        friend.say(contents_of(item))
        friend.wait(WAIT_MS)
    assert host.tip == items[-1].block.hash


def test_what_is_forgotten_while_it_is_searched_for_is_not_taken_in(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 2)
    announce(host, friend, bare(item))
    first, second = item.block.transactions
    assert asked(friend) == [(first.txid, second.txid)]
    host.ask(Forget(txids=(first.txid,)))
    friend.wait(WAIT_MS)
    assert host.tip == stage.network.genesis.hash
    friend.say(contents_of(item))
    friend.wait(WAIT_MS)
    assert not friend.closed
    assert [each.content for each in host.disk.blocks()[0].transactions] == [None, second.content]


def test_where_all_that_is_searched_for_is_forgotten_the_block_counts_at_once(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, friend, bare(item))
    assert len(asked(friend)) == 1
    host.ask(Forget(txids=(item.block.transactions[0].txid,)))
    friend.wait(WAIT_MS)
    assert host.tip == item.block.hash


def test_what_the_disk_gives_after_the_search_is_over_is_passed_over(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 1)
    friend.say(NewBlock(block=bare(item).block))
    while not host.node._parts.contents._jobs:
        friend.wait(1)
    host.ask(Forget(txids=(item.block.transactions[0].txid,)))
    friend.wait(WAIT_MS)
    assert host.tip == item.block.hash
    assert asked(friend) == []


def test_those_who_come_and_go_do_not_make_the_queue_longer(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, *[1] * (CONTENTS_SEARCHES + 4))
    announce(host, friend, *map(bare, items))
    for _ in range(5):
        stage.links.crash(stage.friend(host))
    assert len(host.node._parts.contents._wanted) <= len(items)


def test_what_is_read_to_serve_others_is_not_taken_for_its_own(stage: Stage) -> None:
    host = stage.host()
    friend, other = stage.friend(host), stage.friend(host)
    full, lacking = chain(stage, 1, 1)
    announce(host, friend, NewBlock(block=full.block.encode()), bare(lacking))
    assert len(host.node._parts.contents) == 1
    other.say(GetBlocks(hashes=(full.block.hash,)), GetContents(txids=(full.block.transactions[0].txid,)))
    other.wait(WAIT_MS)
    assert [message.block for message in other.told(BlockMessage)] == [full.block.encode()]
    assert [message.contents for message in other.told(Contents)] == [contents_of(full).contents]
    assert len(host.node._parts.contents) == 1


def test_what_a_side_branch_lacks_that_is_buried_is_asked_of_nobody_new() -> None:
    stage = Stage(forget_depth=1)
    host = stage.host()
    friend = stage.friend(host)
    (side,), items = chain(stage, 1), chain(stage, 0, 0, 0)
    announce(host, friend, bare(side))
    friend.say(Contents(contents=(None,)))
    announce(host, friend, *(NewBlock(block=item.block.encode()) for item in items))
    assert host.tip == items[-1].block.hash
    assert host.node._parts.ledger.tree.get(side.block.hash) is not None
    late = stage.friend(host)
    late.wait(WAIT_MS)
    assert (len(asked(friend)), asked(late)) == (1, [])


def test_who_tells_of_the_block_after_all_were_asked_is_asked_again_alone(stage: Stage) -> None:
    host = stage.host()
    friend, late = stage.friend(host), stage.friend(host)
    items = chain(stage, 1, 1)
    announce(host, friend, bare(items[0]))
    for each in (friend, late):
        each.say(Contents(contents=(None,)))
        each.wait(WAIT_MS)
    assert (len(asked(friend)), len(asked(late))) == (1, 1)
    for _ in range(3):
        late.say(NewBlock(header=items[0].block.header.encode()))
        late.wait(WAIT_MS)
    assert (len(asked(friend)), len(asked(late))) == (1, 2)
    late.say(Contents(contents=(None,)))
    late.wait(WAIT_MS)
    late.say(NewBlock(header=items[1].block.header.encode()))
    late.wait(WAIT_MS)
    assert (len(asked(friend)), len(asked(late))) == (1, 3)
    late.say(contents_of(items[0]))
    late.wait(WAIT_MS)
    assert host.tip == items[0].block.hash
