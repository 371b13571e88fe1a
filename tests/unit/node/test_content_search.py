"""What a block lacks, asked for piece by piece."""

import gc
from dataclasses import replace

import pytest

from p2pchain.chain.rules import ContentMismatch
from p2pchain.node import content_search as module
from p2pchain.node.actions import StagedBlock
from p2pchain.node.content_search import OWN_DISK, ContentSearch, Wanted
from p2pchain.node.events import BytesReceived
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.message import encode
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

from .lacking import WAIT_MS, announce, asked, bare, chain, contents_of

BUILDER = ChainBuilder(simulated_network(), 1)
NETWORK = BUILDER.network
ENTRY, WHOLE = BUILDER.block(BUILDER.genesis, [BUILDER.record() for _ in range(4)])
BARE = WHOLE.with_contents(dict.fromkeys(range(4)))
KBIT_256_PER_MS = 32
TXIDS = [transaction.txid for transaction in WHOLE.transactions]
CONTENTS = [transaction.content for transaction in WHOLE.transactions]


def search() -> ContentSearch:
    return ContentSearch(ENTRY, BARE, {txid: index for index, txid in enumerate(TXIDS)})


def test_questions_are_of_bounded_length_and_go_on_where_the_last_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TXIDS_MAX", 3)
    it = search()
    assert it.question_for(5) == tuple(TXIDS[:3])
    assert it.take((CONTENTS[0], None), NETWORK) == {0: CONTENTS[0]}
    assert it.may_ask(5)
    assert it.question_for(5) == tuple(TXIDS[2:])
    assert it.take((CONTENTS[2], CONTENTS[3]), NETWORK) == {2: CONTENTS[2], 3: CONTENTS[3]}
    assert not it.may_ask(5)
    assert list(it.missing) == [TXIDS[1]]


def test_who_gives_a_part_is_asked_no_more_where_others_wait() -> None:
    it = search()
    it.question_for(5)
    assert it.take((CONTENTS[0],), NETWORK, patient=False) == {0: CONTENTS[0]}
    assert not it.may_ask(5)
    it.question_for(6)
    it.take((None, CONTENTS[2], None), NETWORK, patient=False)
    assert not it.may_ask(6)
    assert list(it.missing) == [TXIDS[1], TXIDS[3]]


def test_another_peer_is_asked_for_what_one_refused() -> None:
    it = search()
    it.question_for(5)
    assert it.take((None,) * 4, NETWORK) == {}
    assert not it.busy
    assert it.question_for(6) == tuple(TXIDS)
    assert ([it.may_ask(each) for each in (5, 6)], it.connection, it.busy) == ([False, True], 6, True)


def test_who_refuses_one_after_another_is_asked_no_more() -> None:
    it = search()
    it.question_for(5)
    it.take((None,), NETWORK)
    assert not it.may_ask(5)


def test_who_does_not_answer_is_asked_no_more_and_who_is_gone_is_awaited_no_more() -> None:
    it = search()
    it.question_for(5)
    it.turn_away(for_good=True)
    it.question_for(6)
    it.turn_away()
    assert [it.may_ask(each) for each in (5, 6)] == [False, True]
    it.turn_away(for_good=True)
    assert it.may_ask(6)
    assert it.turns == {5: 1, 6: 1}


def test_nothing_is_kept_of_those_who_are_gone_however_many_come_and_go() -> None:
    it = ContentSearch(ENTRY, BARE, {txid: index for index, txid in enumerate(TXIDS)}, {4})
    for connection, answer in ((5, (None,) * 4), (6, (None, CONTENTS[1])), (7, ()), (8, None)):
        it.widen({connection})
        it.question_for(connection)
        if answer is not None:
            it.take(answer, NETWORK)
        it.forget(connection)
    assert not it.busy
    assert (it.only, it.turns, it._done, it._refused) == ({4}, {}, set(), {})


def test_what_was_given_up_meanwhile_is_passed_over() -> None:
    it = search()
    it.question_for(5)
    it.turn_away()
    del it.missing[TXIDS[0]]
    assert it.take((CONTENTS[0],), NETWORK) == {}


@pytest.mark.parametrize("content", [b"another content, of another size", None])
def test_a_content_that_the_head_does_not_commit_to_is_refused(content: bytes | None) -> None:
    it = search()
    it.question_for(5)
    other = content if content is not None else bytes(len(CONTENTS[0] or b""))
    with pytest.raises(ContentMismatch):
        it.take((other,), NETWORK)


def test_only_some_may_be_asked_then_others_too_or_once_more_and_then_all() -> None:
    it = ContentSearch(ENTRY, BARE, {TXIDS[0]: 0}, {5})
    assert [it.may_ask(each) for each in (5, 6, OWN_DISK)] == [True, False, True]
    it.question_for(5)
    it.take((None,), NETWORK)
    assert not it.may_ask(5)
    it.widen({5, 6})
    assert [it.may_ask(each) for each in (5, 6, 7)] == [True, True, False]
    assert it.question_for(5) == (TXIDS[0],)
    it.widen(None)
    it.widen({8})
    assert [it.may_ask(each) for each in (5, 6, 7)] == [True, True, True]


def test_each_block_is_wanted_once_of_some_or_of_all() -> None:
    wanted = Wanted()
    other, _ = BUILDER.block(BUILDER.genesis)
    for connection in (5, 6, 5):
        wanted.add(ENTRY, connection)
    wanted.add(other)
    wanted.add(other, 7)
    assert len(wanted) == 2
    assert wanted.pop() == (ENTRY, {5, 6})
    wanted.add(ENTRY, 5)
    wanted.add(ENTRY)
    assert [wanted.pop(), wanted.pop()] == [(other, None), (ENTRY, None)]
    assert not wanted


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.bodies.BODIES_HELD_BYTES", 1_000)


def lacking_on_disk(host: Host, stage: Stage, *friends: Stranger) -> StagedBlock:
    """A block that lacks all contents, which nobody has, and that memory is too short for."""
    items = chain(stage, 4, 4)
    announce(host, friends[0], *map(bare, items))
    for number in range(len(items)):
        for each in friends:
            assert len(asked(each)) == number + 1
            refuse(each)
    assert host.node._parts.bodies.held(items[0].block.hash) is None
    assert len(host.node._parts.contents) == 0
    return items[0]


def refuse(stranger: Stranger) -> None:
    stranger.say(Contents(contents=(None,) * 4))
    stranger.wait(WAIT_MS)


@pytest.mark.usefixtures("short_memory")
def test_two_that_tell_of_a_block_while_it_is_read_are_both_asked(stage: Stage) -> None:
    host = stage.host()
    friend, one, other = (stage.friend(host) for _ in range(3))
    lowest = lacking_on_disk(host, stage, friend, one, other)
    told = encode(NewBlock(header=lowest.block.header.encode()))
    for peer in host.node._parts.peers.nodes()[1:]:
        host.post(BytesReceived(peer.connection, told))
        stage.world.run_for(1)
    assert len(host.node._parts.contents._loading) == 2
    one.wait(WAIT_MS)
    assert (len(asked(friend)), len(asked(one)), len(asked(other))) == (2, 3, 2)
    refuse(one)
    assert (len(asked(friend)), len(asked(one)), len(asked(other))) == (2, 3, 3)
    refuse(other)
    assert len(host.node._parts.contents) == 0


@pytest.mark.usefixtures("short_memory")
def test_what_is_forgotten_while_its_block_is_read_is_searched_for_no_more(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    lowest = lacking_on_disk(host, stage, friend)
    count = len(asked(friend))
    friend.say(NewBlock(header=lowest.block.header.encode()))
    while not host.node._parts.contents._loading:
        friend.wait(1)
    host.ask(Forget(txids=tuple(each.txid for each in lowest.block.transactions)))
    friend.wait(WAIT_MS)
    assert not any(lowest.block.transactions[0].txid in each for each in asked(friend)[count:])
    assert host.tip == lowest.block.hash


def test_a_search_that_is_over_is_let_go_of_with_its_block_at_once(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item,) = chain(stage, 1)
    announce(host, friend, bare(item))
    friend.say(contents_of(item))
    friend.wait(WAIT_MS)
    assert host.tip == item.block.hash
    gc.collect()
    searches = [each for each in gc.get_objects() if isinstance(each, ContentSearch)]
    assert not [each for each in searches if each.entry.hash == item.block.hash]


def test_over_a_slow_line_all_comes_in_the_end() -> None:
    stage = Stage()
    stage.network = replace(stage.network, max_block_bytes=2**20, max_transaction_bytes=2**16)
    stage.builder = ChainBuilder(stage.network, 1)
    host = stage.host()
    honest = stage.host(number=2, peers=(host.address,))
    stage.links.cut(host, honest)
    hider, teller = stage.friend(host), stage.friend(honest)
    records = [stage.builder.record(bytes(60_000)) for _ in range(12)]
    _, block = stage.builder.block(stage.builder.genesis, records)
    teller.say(NewBlock(block=block.encode()))
    teller.wait(WAIT_MS)
    stage.links.crash(teller)
    announce(host, hider, bare(StagedBlock(block, 0, 0)))
    stage.links.crash(hider)
    stage.links.slow_down(honest, KBIT_256_PER_MS)
    stage.links.release(host, honest)
    stage.world.run_for(60_000)
    assert host.tip == block.hash


def test_who_tells_of_two_tips_in_turn_is_asked_once_for_each_at_most(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    items = chain(stage, 4, 0, 0)
    announce(host, friend, *map(bare, items))
    refuse(friend)
    before = len(asked(friend))
    for item in items[1:] * 5:
        friend.say(NewBlock(header=item.block.header.encode()))
        friend.wait(WAIT_MS)
        refuse(friend)
        if friend.closed:
            break
    assert len(asked(friend)) <= before + 2


def test_contents_that_come_one_by_one_do_not_keep_another_block_from_being_looked_into(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.contents.CONTENTS_SEARCHES", 1)
    host = stage.host()
    hider, friend = stage.friend(host), stage.friend(host)
    (slow,), others = chain(stage, 20), chain(stage, 1, 1)
    held = {each.txid: each.content for each in slow.block.transactions}
    announce(host, hider, bare(slow))
    friend.say(*(NewTx(transactions=(item.block.transactions[0].encode(),), ack=False) for item in others))
    announce(host, friend, *map(bare, others))
    answered = {hider: 0, friend: 0}
    for _ in range(10):
        for stranger in answered:
            for question in asked(stranger)[answered[stranger] :]:
                gives = (held[question[0]],) if stranger is hider else (None,) * len(question)
                stranger.say(Contents(contents=gives))
                answered[stranger] += 1
            stranger.wait(WAIT_MS)
    assert answered[hider] < 4
    assert host.tip == others[-1].block.hash


def test_who_was_dialled_is_asked_before_those_who_came_however_long_they_are_there(stage: Stage) -> None:
    host = stage.host()
    hiders = [stage.friend(host) for _ in range(5)]
    honest = stage.stranger()
    host.ask(AddPeer(address=str(honest.address)))
    honest.wait(WAIT_MS)
    honest.greet()
    (item,) = chain(stage, 1)
    announce(host, hiders[0], bare(item))
    honest.say(contents_of(item))
    honest.wait(WAIT_MS)
    assert host.tip == item.block.hash
    assert not any(map(asked, hiders))
