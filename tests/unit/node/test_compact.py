"""Blocks in their compact form: put together from what is pending, and from one question."""

from dataclasses import replace

import pytest

from p2pchain.node.download import Download
from p2pchain.node.limits import COMPACT_LOOKS_MAX, COMPACT_MAX, COMPACT_PER_BLOCK, COMPACT_TIMEOUT_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

from .compactly import answer, asked, checks, compact, siblings, stage_block, wanted_whole


def test_nothing_is_asked_where_all_are_pending_nor_is_a_signature_checked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    block, retries = stage_block(stage, host, 6, 6), list[Download]()
    friend, seen = stage.friend(host), checks(host)
    monkeypatch.setattr(Download, "retry", retries.append)
    friend.say(compact(block))
    friend.wait(300)
    assert host.tip == block.hash
    assert (asked(friend), wanted_whole(friend), retries) == ([], 0, [])
    assert seen[0].sound == {each.head.raw for each in block.transactions}


@pytest.mark.parametrize("slice_", [1, 2, 300])
def test_what_lacks_is_asked_for_once(stage: Stage, slice_: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_READ_SLICE", slice_)
    host = stage.host()
    block = stage_block(stage, host, 4, 6)
    friend, seen = stage.friend(host), checks(host)
    friend.say(compact(block))
    friend.wait(200)
    assert asked(friend) == [(4, 5)]
    friend.say(answer(block, 4, 5))
    friend.wait(300)
    assert host.tip == block.hash
    assert wanted_whole(friend) == 0
    assert seen[0].sound == {each.head.raw for each in block.transactions[:4]}


@pytest.mark.parametrize("slice_", [1, 300])
def test_what_is_on_its_way_to_the_mempool_is_not_asked_for(
    stage: Stage, slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_SLICE", slice_)
    host = stage.host()
    friend, seen = stage.friend(host), checks(host)
    records = [stage.builder.record() for _ in range(3)]
    _, block = stage.builder.block(stage.builder.genesis, records)
    friend.say(NewTx(transactions=tuple(each.encode() for each in records), ack=False), compact(block))
    friend.wait(300)
    assert host.tip == block.hash
    assert asked(friend) == []
    assert seen[0].sound == frozenset()


def test_a_long_mempool_is_searched_in_slices(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_SLICE", 2)
    host = stage.host()
    block, (dropped,) = stage_block(stage, host, 5, 6), siblings(stage, 1)
    friend = stage.friend(host)
    friend.say(compact(dropped), compact(block))
    friend.wait(200)
    assert asked(friend) == [(5,)]
    friend.say(answer(block, 5))
    friend.wait(300)
    assert host.tip == block.hash


def test_an_answer_is_read_no_further_once_its_sender_tells_of_another_block(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_READ_SLICE", 1)
    host = stage.host()
    block, (other,) = stage_block(stage, host, 2, 5), siblings(stage, 1)
    friend, seen = stage.friend(host), checks(host)
    friend.say(compact(block))
    friend.wait(200)
    friend.say(answer(block, 2, 3, 4), compact(other))
    friend.wait(300)
    assert block not in [each.block for each in seen]
    assert not friend.closed


def test_who_leaves_in_the_middle_of_a_search_is_not_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_SLICE", 1)
    host = stage.host()
    block = stage_block(stage, host, 5, 6)
    friend, other = stage.friend(host), stage.friend(host)
    friend.say(compact(block), NewTx(transactions=(b"junk",), ack=False))
    friend.wait(300)
    assert friend.closed
    other.say(NewBlock(block=block.encode()))
    other.wait(300)
    assert host.tip == block.hash


@pytest.mark.parametrize(("progress", "looks"), [(1, 1), (0, COMPACT_LOOKS_MAX)])
def test_who_does_not_answer_loses_two_seconds_and_others_are_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, progress: int, looks: int
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_PROGRESS_BYTES", progress)
    host = stage.host()
    block = stage_block(stage, host, 3, 6)
    slow, other = stage.friend(host), stage.friend(host)
    slow.say(compact(block))
    slow.wait(100)
    other.say(NewBlock(header=block.header.encode()))
    other.wait(looks * COMPACT_TIMEOUT_MS - 500)
    assert (len(host.node._parts.compact), wanted_whole(slow, other)) == (1, 0)
    other.wait(700)
    assert (wanted_whole(slow), wanted_whole(other)) == (0, 1)
    other.say(BlockMessage(block=block.encode()))
    other.wait(300)
    assert host.tip == block.hash
    slow.say(answer(block, 3, 4, 5))
    slow.wait(300)
    assert not slow.closed


def test_who_leaves_before_it_answers_is_replaced_at_once(stage: Stage) -> None:
    host = stage.host()
    block = stage_block(stage, host, 3, 6)
    leaving, other = stage.friend(host), stage.friend(host)
    leaving.say(compact(block))
    leaving.wait(100)
    other.say(NewBlock(header=block.header.encode()))
    other.wait(100)
    stage.links.crash(leaving)
    other.wait(300)
    assert wanted_whole(other) == 1


def test_a_whole_block_overtakes_one_that_is_put_together(stage: Stage) -> None:
    host = stage.host()
    block = stage_block(stage, host, 3, 6)
    slow, other = stage.friend(host), stage.friend(host)
    slow.say(compact(block), compact(block))
    slow.wait(100)
    other.say(NewBlock(block=block.encode()))
    other.wait(300)
    assert host.tip == block.hash
    slow.say(answer(block, 3, 4, 5))
    slow.wait(COMPACT_TIMEOUT_MS + 300)
    assert asked(slow) == [(3, 4, 5)]
    assert not slow.closed
    assert host.disk.last_event == 2


def test_who_has_it_no_more_says_so_and_is_asked_for_the_whole(stage: Stage) -> None:
    host = stage.host()
    block = stage_block(stage, host, 3, 6)
    friend = stage.friend(host)
    friend.say(compact(block))
    friend.wait(100)
    friend.say(BlockTxs(hash=block.hash, transactions=()))
    friend.wait(300)
    assert wanted_whole(friend) == 1
    assert not friend.closed


@pytest.mark.parametrize("slice_", [1, 300])
@pytest.mark.parametrize("lie", [(0, 1), (4, 1), (4,), ()])
def test_who_lies_in_its_answer_has_to_go_and_the_block_comes_from_another(
    stage: Stage, lie: tuple[int, ...], slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_READ_SLICE", slice_)
    host = stage.host()
    block = stage_block(stage, host, 4, 6)
    liar, other = stage.friend(host), stage.friend(host)
    liar.say(compact(block))
    liar.wait(100)
    liar.say(answer(block, *lie) if lie else BlockTxs(hash=block.hash, transactions=(b"junk", b"junk")))
    other.say(NewBlock(header=block.header.encode()))
    other.wait(300)
    assert liar.farewell() == ("wrong_block_txs" if lie else "malformed_transaction")
    assert wanted_whole(other) == 1
    other.say(BlockMessage(block=block.encode()))
    other.wait(300)
    assert host.tip == block.hash


def test_an_answer_to_nothing_is_passed_over(stage: Stage) -> None:
    host = stage.host()
    block = stage_block(stage, host, 4, 6)
    friend = stage.friend(host)
    friend.say(answer(block, 0), compact(block))
    friend.wait(100)
    friend.say(BlockTxs(hash=bytes(32), transactions=()))
    friend.wait(100)
    friend.say(answer(block, 4, 5))
    friend.wait(300)
    assert host.tip == block.hash


@pytest.mark.parametrize(("turn", "room"), [(-1, 10_000), (1, 0)])
def test_what_comes_to_nothing_is_asked_for_whole_and_nobody_s_fault(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, turn: int, room: int
) -> None:
    """As where two heads share a short id, so that the root does not fit; or where too much waits for its check."""
    host = stage.host()
    block = stage_block(stage, host, 4, 4)
    told, friend = compact(block), stage.friend(host)
    with monkeypatch.context() as patch:
        patch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", room)
        friend.say(replace(told, short_ids=(told.short_ids or ())[::turn]))
        friend.wait(300)
    assert not friend.closed
    assert host.node.status(host.now()).best_header == 1
    assert wanted_whole(friend) == 1
    friend.say(BlockMessage(block=block.encode()))
    friend.wait(300)
    assert host.tip == block.hash


def test_what_comes_to_nothing_is_asked_for_at_once_though_others_are_under_way(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    low = stage_block(stage, host, 1, 2)
    entry = stage.builder.place(stage.builder.genesis, low.header)
    _, high = stage.builder.block(entry)
    friend = stage.friend(host)
    friend.say(compact(low), NewBlock(header=high.header.encode()))
    friend.wait(200)
    assert [message.hashes for message in friend.told(GetBlocks)] == [(high.hash,)]
    with monkeypatch.context() as patch:
        patch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", 0)
        friend.say(answer(low, 1))
        friend.wait(200)
    assert [message.hashes for message in friend.told(GetBlocks)] == [(high.hash,), (low.hash,)]


def test_a_faulty_block_costs_its_header_and_not_who_relayed_it(stage: Stage) -> None:
    host = stage.host()
    genuine = stage.builder.record()
    forged = type(genuine).from_parts(
        bytes([genuine.head.raw[0] ^ 1]) + genuine.head.raw[1:], genuine.content, stage.network.id
    )
    _, block = stage.builder.block(stage.builder.genesis, [forged])
    friend = stage.friend(host)
    friend.say(compact(block))
    friend.wait(100)
    friend.say(answer(block, 0))
    friend.wait(300)
    assert not friend.closed
    assert host.node.status(host.now()).best_header == 0
    assert any("invalid_signature" in line for line in host.reports)


@pytest.mark.parametrize(
    "ids", [(bytes(6), bytes(6)), tuple(number.to_bytes(6, "big") for number in range(500))]
)
def test_ids_that_lead_nowhere_have_the_block_asked_for_whole(stage: Stage, ids: tuple[bytes, ...]) -> None:
    host = stage.host()
    block = stage_block(stage, host, 2, 2)
    friend = stage.friend(host)
    friend.say(replace(compact(block), short_ids=ids))
    friend.wait(300)
    assert (asked(friend), wanted_whole(friend)) == ([], 1)


def test_a_peer_has_one_under_construction(stage: Stage) -> None:
    host = stage.host()
    (one, two), friend = siblings(stage, 2), stage.friend(host)
    friend.say(compact(one), compact(two))
    friend.wait(100)
    friend.say(answer(one, 0))
    friend.wait(300)
    assert host.disk.last_event == 0
    friend.say(answer(two, 0))
    friend.wait(300)
    assert host.tip == two.hash


def test_there_are_no_more_than_so_many_of_one_block_and_in_all(stage: Stage) -> None:
    host = stage.host()
    one, *others = siblings(stage, COMPACT_MAX)
    strangers = [stage.friend(host) for _ in range(4 + len(others))]
    for stranger in strangers[:4]:
        stranger.say(compact(one))
        stranger.wait(100)
    for stranger, block in zip(strangers[4:], others, strict=True):
        stranger.say(compact(block))
        stranger.wait(100)
    expected = [1] * COMPACT_PER_BLOCK + [0] + [1] * (COMPACT_MAX - COMPACT_PER_BLOCK) + [0, 0]
    assert [len(asked(stranger)) for stranger in strangers] == expected
    strangers[0].say(BlockTxs(hash=one.hash, transactions=()))
    strangers[0].wait(100)
    assert wanted_whole(*strangers[:4]) == 0  # the others may send what lacks
