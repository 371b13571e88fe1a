"""Bodies: from whom, how many at a time, and what if they do not come."""

import pytest

from p2pchain.node import download
from p2pchain.node.config import MiningMode
from p2pchain.node.limits import (
    BLOCK_LATE_MS,
    BLOCK_TIMEOUT_MS,
    BLOCKS_IN_FLIGHT_FIRST,
    BODIES_HELD_BYTES,
    WITHHELD_AFTER_MS,
)
from p2pchain.sim.stage import Stage
from p2pchain.wire.message import encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.short_id import short_ids

from .sources import Source, height


def test_a_chain_is_fetched_in_shares_and_connected(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [1] * 150)
    friend = Source(stage, host, staged)
    assert len(friend.asked()) == BLOCKS_IN_FLIGHT_FIRST
    while height(host) < 150:
        friend.serve()
    assert host.tip == staged[-1].block.hash
    assert friend.asked() == [item.block.hash for item in staged]


def test_several_peers_share_the_work(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 120)
    friends = [Source(stage, host, staged), Source(stage, host, staged)]
    shares = [friend.asked() for friend in friends]
    assert len(shares[0]) == len(shares[1]) == BLOCKS_IN_FLIGHT_FIRST
    assert not set(shares[0]) & set(shares[1])


def test_no_more_is_asked_than_the_window_holds(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "DOWNLOAD_WINDOW", 20)
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 60)
    friends = [Source(stage, host, staged) for _ in range(6)]
    assert {each for friend in friends for each in friend.asked()} == {
        item.block.hash for item in staged[:20]
    }


def test_the_window_is_filled_again_before_it_runs_dry(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 60)
    friend = Source(stage, host, staged)
    half = friend.asked()[: BLOCKS_IN_FLIGHT_FIRST // 2]
    blocks = {item.block.hash: item.block for item in staged}
    friend.stranger.say(*(BlockMessage(block=blocks[each].encode()) for each in half))
    friend.stranger.wait(200)
    assert len(friend.asked()) >= BLOCKS_IN_FLIGHT_FIRST + len(half)


def test_what_one_lacks_another_is_asked_for(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 3)
    first, second = Source(stage, host, staged), Source(stage, host, staged)
    first.stranger.say(*(BlockMessage(hash=each, missing=True) for each in first.asked()))
    first.stranger.wait(200)
    assert second.asked() == [item.block.hash for item in staged]
    second.serve()
    assert height(host) == 3


def test_who_stalls_loses_its_share_to_another(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 3)
    stalls, serves = Source(stage, host, staged), Source(stage, host, staged)
    assert len(stalls.asked()) == 3
    stalls.stranger.wait(BLOCK_TIMEOUT_MS)
    assert set(serves.asked()) == set(stalls.asked())
    while height(host) < 3:
        assert stage.world.ticks_ms < 3 * BLOCK_TIMEOUT_MS
        serves.serve()
    assert not stalls.stranger.closed


def test_what_a_silent_peer_is_late_with_another_is_asked_for_beside_it(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 30)
    silent, serves = Source(stage, host, staged), Source(stage, host, staged)
    silent.stranger.wait(BLOCK_LATE_MS)
    serves.serve()
    assert set(silent.asked()) <= set(serves.asked())
    while height(host) < 30:
        assert stage.world.ticks_ms < BLOCK_TIMEOUT_MS
        serves.serve()
    assert len(silent.asked()) == BLOCKS_IN_FLIGHT_FIRST


def test_who_trickles_does_not_hold_up_the_window(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 40)
    trickles, serves = Source(stage, host, staged), Source(stage, host, staged)
    blocks = {item.block.hash: item.block for item in staged}
    for each in trickles.asked():
        if height(host) == 40:
            break
        body = encode(BlockMessage(block=blocks[each].encode()))
        for part in (body[:20], body[20:40], body[40:]):
            trickles.stranger.say_bytes(part)
            trickles.stranger.wait(200)
            serves.serve()
    assert height(host) == 40
    assert stage.world.ticks_ms < 6_000


def test_where_memory_is_full_only_what_is_late_is_asked_for(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 30)
    silent, serves = Source(stage, host, staged), Source(stage, host, staged)
    host.node._parts.bodies.held_bytes += BODIES_HELD_BYTES
    before = serves.asked()
    silent.stranger.wait(BLOCK_LATE_MS)
    serves.serve()
    silent.stranger.wait(BLOCK_LATE_MS)
    assert set(serves.asked()) == {*before, *silent.asked()}


def test_a_body_that_comes_too_late_is_taken_all_the_same(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0])
    slow, silent = Source(stage, host, staged), Source(stage, host, staged)
    slow.stranger.wait(BLOCK_TIMEOUT_MS + BLOCK_LATE_MS)
    assert silent.asked() == slow.asked()
    slow.serve()
    assert height(host) == 1


def test_headers_whose_bodies_nobody_sends_are_let_go_of(stage: Stage) -> None:
    """Of two branches the better one is told of by somebody who sends no bodies."""
    host = stage.host()
    told, honest = (stage.builder.chain(stage.builder.genesis, [0] * count) for count in (5, 4))
    branch = {item.block.hash for item in told}
    withholds = Source(stage, host, told)
    serves = Source(stage, host, honest)
    while not withholds.stranger.closed and stage.world.ticks_ms < 2 * WITHHELD_AFTER_MS:
        pending = serves.asked()[serves.served :]
        serves.served += len(pending)
        lacked, had = [each for each in pending if each in branch], {item.block.hash: item for item in honest}
        serves.stranger.say(*(BlockMessage(hash=each, missing=True) for each in lacked))
        found = [had[each].block.encode() for each in pending if each in had]
        serves.stranger.say(*(BlockMessage(block=block) for block in found))
        serves.stranger.wait(100)
    assert withholds.stranger.farewell() == "withheld_bodies"
    assert not serves.stranger.closed
    assert host.tip == honest[-1].block.hash


def test_who_leaves_leaves_its_share_to_another(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 3)
    leaves, stays = Source(stage, host, staged), Source(stage, host, staged)
    stage.links.crash(leaves.stranger)
    stays.stranger.wait(200)
    assert len(stays.asked()) == 3


def test_where_all_have_failed_all_are_asked_again(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 2)
    friend = Source(stage, host, staged)
    friend.stranger.wait(4 * BLOCK_TIMEOUT_MS)
    friend.served = 2
    assert len(friend.asked()) >= 4
    friend.serve()
    friend.serve()
    assert height(host) == 2


def test_a_body_that_nobody_asked_for_is_passed_over(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 2)
    friend = stage.friend(host)
    friend.say(
        BlockMessage(block=staged[0].block.encode()),
        BlockMessage(hash=bytes(32), missing=True),
        BlockMessage(),
    )
    friend.wait(200)
    assert height(host) == 0


def test_another_body_under_an_honest_header_costs_only_its_sender(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [1])
    liar, honest = Source(stage, host, staged), Source(stage, host, staged)
    block = staged[0].block
    other = type(block)(block.header, block.coinbase, (stage.builder.record(),))
    liar.stranger.say(BlockMessage(block=other.encode()))
    liar.stranger.wait(300)
    assert liar.stranger.farewell() == "wrong_merkle_root"
    honest.serve()
    assert host.tip == block.hash


def test_what_a_peer_lacks_is_remembered_only_while_it_is_wanted(stage: Stage) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 3)
    lacks, serves = Source(stage, host, staged), Source(stage, host, staged)
    lacks.stranger.say(*(BlockMessage(hash=each, missing=True) for each in lacks.asked()))
    lacks.stranger.wait(200)
    peers = host.node._parts.peers.nodes()
    assert [len(peer.lacks) for peer in peers] == [3, 0]
    serves.serve()
    assert height(host) == 3
    assert [len(peer.lacks) for peer in peers] == [0, 0]


def test_what_came_to_nothing_is_asked_for_at_once_though_others_are_under_way(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    records = [stage.builder.record() for _ in range(2)]
    friend.say(NewTx(transactions=tuple(each.encode() for each in records), ack=False))
    friend.wait(300)
    entry, low = stage.builder.block(stage.builder.genesis, records)
    _, high = stage.builder.block(entry)
    header, coinbase = low.header.encode(), low.coinbase.encode()
    swapped = tuple(short_ids([each.head.leaf for each in reversed(low.transactions)], low.hash))
    friend.say(NewBlock(header=header, coinbase=coinbase, short_ids=swapped))
    friend.say(NewBlock(header=high.header.encode()))
    friend.wait(300)
    assert [message.hashes for message in friend.told(GetBlocks)] == [(high.hash,), (low.hash,)]


def test_a_body_for_whose_check_there_is_no_room_is_asked_for_again_though_others_are_under_way(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [0] * 2)
    friend, low, high = Source(stage, host, staged), *(item.block.hash for item in staged)
    stage.friend(host)  # who has neither: what is under way is passed over for good
    with monkeypatch.context() as patch:
        patch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", 0)
        friend.stranger.say(BlockMessage(block=staged[0].block.encode()))
        friend.stranger.wait(200)
    assert friend.asked() == [low, high, low]


def test_a_block_of_our_own_is_nobody_s_share(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    friend = stage.friend(host)
    host.submit(stage.builder.record())
    friend.wait(20_000)
    assert height(host) == 1
    assert friend.told(GetBlocks) == []


@pytest.mark.parametrize("source", [None, 99])
def test_a_sound_body_that_nobody_here_sent_lets_nobody_be_asked_for_more(
    stage: Stage, source: int | None
) -> None:
    host = stage.host()
    stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    before = peer.blocks_share
    host.node._parts.download.sound(source)
    assert peer.blocks_share == before
    host.node._parts.download.sound(peer.connection)
    assert peer.blocks_share > before


def test_where_memory_is_short_only_the_next_one_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.download.BODIES_HELD_BYTES", 1)
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [1] * 6)
    early, source = stage.friend(host), Source(stage, host, staged)
    early.say(NewBlock(block=staged[5].block.encode()))
    early.wait(20)
    source.stranger.say(*(BlockMessage(hash=each, missing=True) for each in source.asked()))
    source.stranger.wait(100)
    assert [message.hashes for message in early.told(GetBlocks)] == [(staged[0].block.hash,)]
    early.say(*(BlockMessage(block=item.block.encode()) for item in staged[:1]))
    early.wait(100)
    assert [message.hashes for message in early.told(GetBlocks)][1:] == [(staged[1].block.hash,)]
    assert host.tip == staged[0].block.hash


def test_no_more_is_asked_for_than_would_fit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [4] * 40)
    monkeypatch.setattr(download, "BODIES_HELD_BYTES", 8 * len(staged[0].block.encode()))
    friend = Source(stage, host, staged)
    for _ in range(40):
        friend.serve()
        assert len(friend.asked()) - friend.served <= 6
    assert height(host) == 40


def test_while_the_disk_takes_nothing_no_more_is_asked_for_than_fits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BODIES_HELD_BYTES", 20_000)
    host, staged = stage.host(), stage.builder.chain(stage.builder.genesis, [10] * 150)
    host.disk_full = True
    friend = Source(stage, host, staged)
    for _ in range(100):
        friend.serve()
    assert (height(host), host.node._parts.bodies.held_bytes <= 20_000) == (0, True)
    host.disk_full = False
    while height(host) < 150:
        friend.serve()
