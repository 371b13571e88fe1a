"""When the node searches for a block, and on what."""

from typing import TypeVar

import pytest

from p2pchain.chain.header import Header
from p2pchain.node.actions import Action, CommitChain, LoadPending, Search, StopSearch
from p2pchain.node.config import MiningMode
from p2pchain.node.events import (
    BytesReceived,
    ChainCommitted,
    ConnectionClosed,
    Event,
    NonceFound,
    PendingExpired,
    PendingLoaded,
    StoreFailed,
    TimePassed,
)
from p2pchain.node.limits import TEMPLATE_REFRESH_MS
from p2pchain.node.ports import Returned, StoredPending
from p2pchain.sim.host import CONTROL, TURN_MS, Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import encode
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.new_block import NewBlock

LONG_MS = 60_000
A = TypeVar("A", bound=Action)


def height(host: Host) -> int:
    return host.node.status(host.now()).height


def searching(stage: Stage) -> tuple[Host, list[Search]]:
    """A host that has begun to search, and the searches, in which nobody finds anything."""
    host = stage.host(mining=MiningMode.ALWAYS)
    host.crash()
    searches: list[Search] = []
    host._table[Search] = searches.append
    host.boot()
    stage.world.run_for(1)
    return host, searches


def nonce_for(search: Search) -> NonceFound:
    header = Header.decode(search.header)
    return NonceFound(search.job, next(n for n in range(100_000) if header.with_nonce(n).meets_target()))


def wanted(kind: type[A], actions: list[Action]) -> list[A]:
    return [action for action in actions if isinstance(action, kind)]


def test_in_auto_mode_it_mines_what_is_pending_and_then_rests(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    records = [stage.builder.record() for _ in range(3)]
    for record in records:
        host.submit(record)
    stage.world.run_until(2 * LONG_MS)
    mined = [transaction for block in host.disk.blocks() for transaction in block.transactions]
    assert mined == records
    assert all(block.transactions for block in host.disk.blocks())


def test_in_always_mode_it_mines_without_anything_pending(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    stage.world.run_until(LONG_MS)
    assert height(host) > 10


def test_switched_off_it_mines_one_block_for_who_asks(stage: Stage) -> None:
    host = stage.host()
    host.submit(stage.builder.record())
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    host.ask(Mine())
    stage.world.run_until(2 * LONG_MS)
    assert height(host) == 1
    host.submit(stage.builder.record())
    stage.world.run_until(3 * LONG_MS)
    assert height(host) == 1


def test_what_comes_while_it_searches_is_taken_in_soon(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    for number in range(40):
        host.submit(stage.builder.record())
        stage.world.run_until(number * 100)
    stage.world.run_until(LONG_MS)
    sizes = [len(block.transactions) for block in host.disk.blocks()]
    assert sum(sizes) == 40
    assert max(sizes) > 1


def test_what_is_not_pending_any_more_is_soon_left_out(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    host._table[Search] = lambda _: None
    kept, forgotten = stage.builder.record(), stage.builder.record()
    host.submit(kept, forgotten)
    stage.world.run_until(1_000)
    host.ask(Forget(txids=(forgotten.txid,)))
    stage.world.run_until(5_000)
    template = host.node._parts.mining._template
    assert template is not None
    assert template.transactions == (kept,)


def test_a_nonce_for_a_search_that_was_given_up_is_passed_over(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    host.post(NonceFound(12345, 1))
    stage.world.run_until(1_000)
    assert height(host) == 0


def test_a_disk_that_fails_ends_the_search(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    host.disk_full = True
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    host.disk_full = False
    stage.world.run_until(2 * LONG_MS)
    assert height(host) > 10


def test_who_asks_for_a_block_that_no_disk_takes_is_told_so(stage: Stage) -> None:
    host = stage.host()
    host.submit(stage.builder.record())
    stage.world.run_until(1_000)
    ask = BytesReceived(CONTROL, encode(Mine(), 1))
    assert refusals(host, ask) == []
    full = StoreFailed("store_full", "no room", transient=True, jobs=())
    assert refusals(host, full) == ["not_stored"]
    assert refusals(host, ask) == ["not_stored"]


def test_who_asks_for_a_block_while_nothing_is_pending_is_told_so(stage: Stage) -> None:
    assert refusals(stage.host(), BytesReceived(CONTROL, encode(Mine(), 1))) == ["nothing_pending"]


def test_who_asked_for_a_block_of_what_is_not_pending_any_more_is_told_so(stage: Stage) -> None:
    host = stage.host()
    host._table[Search] = lambda _: None
    record = stage.builder.record()
    host.submit(record)
    stage.world.run_until(1_000)
    assert refusals(host, BytesReceived(CONTROL, encode(Mine(), 1))) == []
    assert refusals(host, PendingExpired(1, (record.txid,), 2)) == ["nothing_pending"]


def test_who_asked_and_left_is_not_answered(stage: Stage) -> None:
    host = stage.host()
    host.submit(stage.builder.record())
    stage.world.run_until(1_000)
    full = StoreFailed("store_full", "no room", transient=True, jobs=())
    host.ask(Mine())
    host.post(ConnectionClosed(CONTROL, "gone"))
    assert refusals(host, full) == []
    other = stage.host()
    other.submit(stage.builder.record())
    stage.world.run_until(2_000)
    other.ask(Mine())
    other.post(ConnectionClosed(CONTROL, "gone"))
    stage.world.run_until(LONG_MS)
    assert height(other) == 1


def test_a_nonce_that_does_not_do_is_passed_over_and_searched_again(stage: Stage) -> None:
    host, searches = searching(stage)
    header = Header.decode(searches[0].header)
    nonce = next(each for each in range(1_000) if not header.with_nonce(each).meets_target())
    host.post(NonceFound(searches[0].job, nonce))
    stage.world.run_for(1)
    assert any("own block 1 passed over (insufficient_work)" in line for line in host.reports)
    assert [Header.decode(search.header).height for search in searches] == [1, 1]


def test_a_search_for_a_large_block_is_started_anew_later(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    starts: list[tuple[int, int]] = []
    host._table[Search] = lambda action: starts.append((stage.world.ticks_ms, action.job))
    host.submit(*(stage.builder.record() for _ in range(200)))
    stage.world.run_until(500)
    host.submit(stage.builder.record())
    stage.world.run_until(5_000)
    (first_ms, _), (second_ms, _) = starts
    assert second_ms - first_ms == pytest.approx(TEMPLATE_REFRESH_MS + 200, abs=TURN_MS)


def follows(host: Host, *events: Event) -> list[Action]:
    """What a host wants done after some events."""
    for event in events:
        host.node.handle(event, host.now())
    return host.node.drain()


def refusals(host: Host, event: Event) -> list[str]:
    """The codes of the errors that an event makes the host tell its operator."""
    sent = b"".join(getattr(action, "data", b"") for action in follows(host, event))
    heard = [incoming.message for incoming in Connection(Role.CONTROL).receive(sent)]
    return [message.code for message in heard if isinstance(message, ErrorMessage)]


def test_headers_whose_bodies_nobody_sends_hold_it_up_only_for_a_while(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    friend = stage.friend(host)
    staged = stage.builder.chain(stage.builder.genesis, [0] * 3)
    for item in staged:
        friend.say(NewBlock(header=item.block.header.encode()))
    friend.wait(100)
    before = height(host)
    hopeful_until_ms = host.node._parts.download.hopeful_until_ms
    searches: list[Search] = []
    monkeypatch.setattr(host._miner, "search", searches.append)
    stage.world.run_until(hopeful_until_ms - 1)
    assert searches == []
    stage.world.run_until(hopeful_until_ms + 10)
    assert len(searches) == 1
    monkeypatch.undo()
    host._miner.search(searches[0])
    friend.wait(10_000)
    assert height(host) > before


def test_after_a_block_it_searches_on_a_turn_later_and_takes_no_nonce_meanwhile(stage: Stage) -> None:
    host, searches = searching(stage)
    found = nonce_for(searches[0])
    made = follows(host, found)
    (commit,) = wanted(CommitChain, made)
    done = follows(host, ChainCommitted(commit.job, (), Returned(), 1))
    assert wanted(Search, made) == []
    assert not [action for action in done if isinstance(action, Search | StopSearch | CommitChain)]
    assert host.node.wakes_at() == host.now().ticks_ms
    later = follows(host, found, TimePassed())
    assert wanted(CommitChain, later) == []
    (search,) = wanted(Search, later)
    assert Header.decode(search.header).height == 2


@pytest.mark.parametrize("leaves", [False, True])
def test_what_returned_goes_before_newer_ones_whatever_leaves_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    monkeypatch.setattr("p2pchain.node.backlog.PENDING_PER_TURN", 1)
    host, searches = searching(stage)
    older = tuple(StoredPending(place, stage.builder.record()) for place in (-2, -1, 0))
    newer = [stage.builder.record() for _ in range(2)]
    host.submit(*newer)
    stage.world.run_for(50)
    (commit,) = wanted(CommitChain, follows(host, nonce_for(searches[-1])))
    actions = follows(host, ChainCommitted(commit.job, (), Returned(3, older), 3))
    if leaves:
        actions = follows(host, PendingExpired(77, (newer.pop().txid,), 4), TimePassed(), TimePassed())
        (load,) = wanted(LoadPending, actions)
        assert wanted(Search, actions) == []
        read = tuple(each for each in older if each.place >= load.place)
        actions = follows(host, PendingLoaded(load.job, read))
    while not wanted(Search, actions):
        actions = follows(host, TimePassed())
    template = host.node._parts.mining._template
    assert template is not None
    assert list(template.transactions) == [each.transaction for each in older] + newer


def test_who_asks_for_a_block_while_what_returned_is_not_in_memory_yet_is_not_sent_away(stage: Stage) -> None:
    host = stage.host()
    host.node._parts.mempool.waiting = 1
    assert refusals(host, BytesReceived(CONTROL, encode(Mine(), 1))) == []


def test_a_template_that_is_built_by_and_by_is_given_up_when_the_chain_has_another_tip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.template.SLICED_FROM", 1)
    host = stage.host(mining=MiningMode.AUTO)
    searches: list[Search] = []
    host._table[Search] = searches.append
    records = [stage.builder.record(bytes(200)) for _ in range(400)]
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, records[:2])
    host.submit(*records)
    while host.node._parts.mining._building is None:
        stage.world.run_for(1)
    friend.say(NewBlock(block=block.encode()))
    friend.wait(5_000)
    assert host.tip == block.hash
    assert [Header.decode(each.header).previous_hash for each in searches] == [block.hash]
