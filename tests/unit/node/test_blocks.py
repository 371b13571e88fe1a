"""The road of a block: its header, its body, its place; and who is blamed for what."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.transaction import Transaction
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx


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
