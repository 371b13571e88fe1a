"""The road of a block: its header, its body, its place; and who is blamed for what."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.transaction import Transaction
from p2pchain.node.actions import CheckBlock
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.short_id import short_ids


def mined(block: Block) -> Block:
    """Give a block a root that fits, and a nonce that meets the target."""
    root = merkle_root_of(block.coinbase, [transaction.head for transaction in block.transactions])
    header = replace(block.header, merkle_root=root)
    while not header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return Block(header, block.coinbase, block.transactions)


def unsigned(stage: Stage) -> Transaction:
    genuine = stage.builder.record()
    raw = bytes([genuine.head.raw[0] ^ 1]) + genuine.head.raw[1:]
    return Transaction.from_parts(raw, genuine.content, stage.network.id)


def with_coinbase(stage: Stage, history_root: bytes | None = None, chain_work: int | None = None) -> Block:
    """A block whose coinbase says something else of the chain below it."""
    _, block = stage.builder.block(stage.builder.genesis)
    coinbase = Coinbase(
        history_root=block.coinbase.history_root if history_root is None else history_root,
        chain_work=block.coinbase.chain_work if chain_work is None else chain_work,
        miner=bytes(32),
        extra=b"",
    )
    return mined(Block(block.header, coinbase, ()))


FAULTS = ["invalid_signature", "wrong_history_root", "wrong_chain_work", "repeated_transaction"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_invalid_block_costs_its_sender_and_its_header_is_struck_out(stage: Stage, fault: str) -> None:
    host = stage.host()
    _, empty = stage.builder.block(stage.builder.genesis)
    twice = stage.builder.record()
    blocks = {
        "invalid_signature": mined(Block(empty.header, empty.coinbase, (unsigned(stage),))),
        "wrong_history_root": with_coinbase(stage, history_root=bytes(32)),
        "wrong_chain_work": with_coinbase(stage, chain_work=5),
        "repeated_transaction": mined(Block(empty.header, empty.coinbase, (twice, twice))),
    }
    friend = stage.friend(host)
    friend.say(NewBlock(block=blocks[fault].encode()))
    friend.wait(300)
    assert friend.farewell() == fault
    status = host.node.status(host.now())
    assert (status.height, status.best_header) == (0, 0)
    _, honest = stage.builder.block(stage.builder.genesis)
    other = stage.friend(host)
    other.say(NewBlock(block=honest.encode()))
    other.wait(300)
    assert host.tip == honest.hash


def test_a_record_of_the_chain_cannot_come_again_in_a_later_block(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    first, one = stage.builder.block(stage.builder.genesis, [record])
    _, two = stage.builder.block(first, [record])
    friend = stage.friend(host)
    friend.say(NewBlock(block=one.encode()))
    friend.wait(300)
    friend.say(NewBlock(block=two.encode()))
    friend.wait(300)
    assert friend.farewell() == "duplicate_transaction"
    assert host.tip == one.hash
    assert host.node.status(host.now()).best_header == 1


def test_a_body_that_does_not_fit_says_nothing_of_its_header(stage: Stage) -> None:
    host = stage.host()
    _, honest = stage.builder.block(stage.builder.genesis, [stage.builder.record()])
    for body, code in (
        (Block(honest.header, honest.coinbase, ()).encode(), "wrong_merkle_root"),
        (honest.encode()[:-1], "malformed_block"),
    ):
        liar = stage.friend(host)
        liar.say(NewBlock(block=body))
        liar.wait(300)
        assert liar.farewell() == code
    other = stage.friend(host)
    other.say(NewBlock(block=honest.encode()))
    other.wait(300)
    assert host.tip == honest.hash


def test_a_block_that_was_made_here_needs_no_check(stage: Stage) -> None:
    host = stage.host()
    _, empty = stage.builder.block(stage.builder.genesis)
    block = mined(Block(empty.header, empty.coinbase, (stage.builder.record(),)))
    blocks = host.node._parts.blocks
    blocks.found(block, host.now())
    assert host.node.drain() == []
    body = host.node._parts.bodies.held(block.hash)
    assert body is not None
    assert (body.block, body.source, body.lacking) == (block, None, False)
    loose = mined(Block(replace(empty.header, height=2, previous_hash=bytes(32)), empty.coinbase, ()))
    with pytest.raises(AssertionError, match="made on one that is known"):
        blocks.found(loose, host.now())


def test_a_block_that_is_there_is_not_checked_again(stage: Stage) -> None:
    host = stage.host()
    _, block = stage.builder.block(stage.builder.genesis)
    friend = stage.friend(host)
    friend.say(*[NewBlock(block=block.encode())] * 3)
    friend.wait(300)
    friend.say(NewBlock(block=block.encode()))
    friend.wait(300)
    assert host.tip == block.hash
    assert not friend.closed
    assert host.disk.last_event == 1


def test_what_a_peer_sent_before_it_left_is_still_good(stage: Stage) -> None:
    host = stage.host()
    _, block = stage.builder.block(stage.builder.genesis)
    friend = stage.friend(host)
    friend.say(NewBlock(block=block.encode()), NewTx(transactions=(b"junk",), ack=False))
    friend.wait(300)
    assert friend.closed
    assert host.tip == block.hash


def test_a_block_that_came_before_its_parent_is_checked_after_it(stage: Stage) -> None:
    host = stage.host()
    low, high = stage.builder.chain(stage.builder.genesis, [0, 1])
    friend = stage.friend(host)
    friend.say(NewBlock(block=high.block.encode()))
    friend.wait(100)
    headers = tuple(item.block.header.encode() for item in (low, high))
    friend.say(Chain(what="headers", start=1, items=headers, height=2, tip=high.block.hash))
    friend.wait(100)
    assert [message.hashes for message in friend.told(GetBlocks)] == [(low.block.hash,)]
    friend.say(BlockMessage(block=low.block.encode()))
    friend.wait(300)
    assert host.tip == high.block.hash


def test_what_is_put_together_here_is_asked_for_whole_only_if_it_does_not_fit(stage: Stage) -> None:
    host = stage.host()
    records = [stage.builder.record() for _ in range(2)]
    friend = stage.friend(host)
    friend.say(NewTx(transactions=tuple(each.encode() for each in records), ack=False))
    friend.wait(300)
    _, block = stage.builder.block(stage.builder.genesis, records)
    ids = short_ids([each.head.leaf for each in reversed(block.transactions)], block.hash)
    friend.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=tuple(ids)))
    friend.wait(300)
    assert [message.hashes for message in friend.told(GetBlocks)] == [(block.hash,)]
    assert any(line.startswith("info") and "wrong_merkle_root" in line for line in host.reports)
    assert not friend.closed


def test_a_faulty_block_of_who_is_gone_is_reported(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(NewBlock(block=with_coinbase(stage, chain_work=5).encode()))
    while not host.node._parts.blocks._checks:
        friend.wait(1)
    connection = next(peer.connection for peer in host.node._parts.peers.nodes())
    host.node._parts.peers.remove(connection)
    friend.wait(300)
    assert any(line.startswith("warning") and "wrong_chain_work" in line for line in host.reports)


def test_a_block_of_our_own_whose_parent_is_not_held_any_more_is_dropped(stage: Stage) -> None:
    host = stage.host()
    parent, _ = stage.builder.block(stage.builder.genesis)
    _, block = stage.builder.block(parent)
    blocks = host.node._parts.blocks
    assert blocks.announce(block.encode(), None, host.now()) is None
    assert not blocks.orphans.take(block.hash)
    assert host.node.drain() == []


def test_blocks_that_come_at_once_from_one_peer_are_all_checked(stage: Stage) -> None:
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, [1, 0, 2])
    friend = stage.friend(host)
    friend.say(*(NewBlock(block=item.block.encode()) for item in staged))
    friend.wait(500)
    assert host.tip == staged[-1].block.hash
    assert host.node._parts.blocks._senders == {}


def test_blocks_that_nobody_asked_for_wait_for_their_check_within_a_bound(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    staged = stage.builder.chain(stage.builder.genesis, [3] * 6)
    monkeypatch.setattr("p2pchain.node.blocks.UNASKED_BLOCKS_BYTES", 2 * len(staged[0].block.encode()) + 50)
    friend.say(*(NewBlock(block=item.block.encode()) for item in staged))
    while not (blocks := host.node._parts.blocks).checking_bytes:
        friend.wait(1)
    assert blocks.checking_bytes == sum(len(item.block.encode()) for item in staged[:2])
    friend.wait(300)
    assert blocks.checking_bytes == 0
    assert host.tip == staged[1].block.hash
    assert [each for message in friend.told(GetBlocks) for each in message.hashes] == [
        item.block.hash for item in staged[2:]
    ]
    friend.say(*(BlockMessage(block=item.block.encode()) for item in staged[2:]))
    friend.wait(500)
    assert host.tip == staged[-1].block.hash


def test_a_body_for_which_there_is_no_room_among_those_under_check_is_asked_for_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    blocks = [item.block for item in stage.builder.chain(stage.builder.genesis, [3] * 5)]
    bodies = {block.hash: BlockMessage(block=block.encode()) for block in blocks}
    bound = 2 * blocks[0].size + 50
    monkeypatch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", bound)
    friend.say(*(NewBlock(header=block.header.encode()) for block in blocks))
    sent = most = 0
    while host.tip != blocks[-1].hash:
        assert stage.world.ticks_ms < 5_000
        asked = [each for message in friend.told(GetBlocks) for each in message.hashes]
        friend.say(*(bodies[each] for each in asked[sent:]))
        sent = len(asked)
        friend.wait(1)
        most = max(most, host.node._parts.blocks.checking_bytes)
    assert blocks[0].size < most <= bound
    assert sent > len(blocks)


def test_what_nobody_asked_for_leaves_half_of_the_room_to_what_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friends = [stage.friend(host) for _ in range(2)]
    friends[0].wait(100)
    staged = stage.builder.chain(stage.builder.genesis, [3] * 4)
    encoded = [item.block.encode() for item in staged]
    monkeypatch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", 4 * len(encoded[0]) + 50)
    entries = [
        host.node._parts.blocks.announce(each, peer, host.now())
        for each, peer in zip(encoded, 2 * host.node._parts.peers.nodes(), strict=True)
    ]
    checks = [action for action in host.node.drain() if isinstance(action, CheckBlock)]
    assert [check.block for check in checks] == encoded[:2]
    assert entries[3] is not None
    assert host.node._parts.blocks.check(entries[3], encoded[3], 2)


def test_a_block_that_was_made_here_needs_no_room(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", 0)
    host = stage.host()
    blocks = host.node._parts.blocks
    _, block = stage.builder.block(stage.builder.genesis)
    entry = blocks.place(block.header, host.now())
    assert entry is not None
    assert not blocks.check(entry, block, None)
    assert not blocks.known(entry)
    blocks.found(block, host.now())
    blocks.found(block, host.now())
    assert blocks.check(entry, block.encode(), None)
    assert host.node.drain() == []


def test_what_came_before_its_header_is_not_taken_where_there_is_no_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    low, high = stage.builder.chain(stage.builder.genesis, [0, 1])
    friend = stage.friend(host)
    friend.say(NewBlock(block=high.block.encode()))
    friend.wait(100)
    monkeypatch.setattr("p2pchain.node.blocks.CHECKS_BYTES_MAX", 0)
    friend.say(*(NewBlock(header=item.block.header.encode()) for item in (low, high)))
    friend.wait(100)
    assert friend.told(GetBlocks)[0].hashes == (low.block.hash, high.block.hash)
