"""The largest that the rules allow passes every decoder, keeps every rule, and lies in the real store."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.keys import SigningKey, verify
from p2pchain.chain.network import LOCAL, MAX_BLOCK_BYTES, MAX_TRANSACTION_BYTES
from p2pchain.chain.rules import (
    Parent,
    check_block_alone,
    check_block_with_ancestors,
    check_header_alone,
    check_header_with_parent,
)
from p2pchain.chain.transaction import SALT_SIZE, Transaction, sign
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Stored
from p2pchain.store.store import Store
from p2pchain.wire.decoding import decode
from p2pchain.wire.frame import LENGTH_SIZE
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.short_id import short_ids

NETWORK = replace(
    LOCAL, bits=0x207FFFFF, max_block_bytes=MAX_BLOCK_BYTES, max_transaction_bytes=MAX_TRANSACTION_BYTES
)
KEY = SigningKey(bytes(32))
SMALLEST = 168
COINBASE = Coinbase(
    EMPTY.append(NETWORK.genesis.hash).root(), NETWORK.genesis.work, b"\xff" * 32, b"\xff" * 32
)


def record(number: int, size: int, kind: str = "k", data: bytes = b"") -> Transaction:
    """Sign a record of a size in all."""
    payload = bytes(size - SMALLEST + 1 - len(kind) - len(data))
    return sign(
        KEY, NETWORK.id, timestamp=number, kind=kind, payload=payload, salt=bytes(SALT_SIZE), data=data
    )


def largest_record() -> Transaction:
    return record(2**63 - 1, MAX_TRANSACTION_BYTES, "z" * 32, b"\xff" * 64)


@cache
def full_block(each: int) -> Block:
    """Mine a block of exactly the most bytes, full of records of one size, the last one taking up what is left."""
    room = MAX_BLOCK_BYTES - 92 - COINBASE.size
    count = room // each - 1
    records = [record(number, each) for number in range(count)]
    rest = room - count * each
    records += (
        [record(count, rest // 2), record(count + 1, rest - rest // 2)]
        if rest > MAX_TRANSACTION_BYTES
        else [record(count, rest)]
    )
    genesis = NETWORK.genesis
    root = merkle_root_of(COINBASE, [one.head for one in records])
    header = Header(1, genesis.hash, root, genesis.timestamp + 1, NETWORK.bits, 0)
    while not header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return Block(header, COINBASE, tuple(records))


def read_back(message: Message) -> None:
    body = encode(message, 2**63 - 1)[LENGTH_SIZE:]
    assert len(body) <= message.BYTES_MAX
    incoming = decode(type(message), body)
    assert incoming.message == message
    assert encode(incoming.message, incoming.id)[LENGTH_SIZE:] == body


pytestmark = pytest.mark.slow
SIZES = pytest.mark.parametrize("each", [SMALLEST, MAX_TRANSACTION_BYTES], ids=["smallest", "largest"])


@SIZES
def test_a_full_block_keeps_every_rule_and_has_one_encoding(each: int) -> None:
    block = full_block(each)
    assert block.size == MAX_BLOCK_BYTES
    encoded = block.encode()
    again = Block.decode(encoded, NETWORK.id)
    assert again == block
    assert Block(again.header, again.coinbase, again.transactions).encode() == encoded
    check_header_alone(block.header)
    check_header_with_parent(block.header, Parent(NETWORK.genesis, 0), NETWORK)
    check_block_alone(block, NETWORK)
    check_block_with_ancestors(block, EMPTY.append(NETWORK.genesis.hash), NETWORK.genesis.work)
    assert all(verify(one.author, one.txid, one.head.signature) for one in block.transactions)


@SIZES
def test_a_full_block_fits_into_every_message_that_carries_it(each: int) -> None:
    block = full_block(each)
    encoded = block.encode()
    read_back(NewBlock(block=encoded))
    read_back(BlockMessage(block=encoded))
    read_back(Chain(what="blocks", start=1, items=(encoded,), height=2**32 - 1, tip=block.hash))
    ids = tuple(short_ids([one.head.leaf for one in block.transactions], block.hash))
    read_back(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
    read_back(GetBlockTxs(hash=block.hash, indexes=tuple(range(len(ids)))))
    records = tuple(one.encode() for one in block.transactions)
    read_back(BlockTxs(hash=block.hash, transactions=records))


@SIZES
def test_a_full_block_lies_in_the_store_and_its_events_fit_into_messages(each: int, tmp_path: Path) -> None:
    block = full_block(each)
    store = Store(tmp_path, NETWORK)
    reader = store.reader()
    try:
        staged = StagedBlock(block, NETWORK.genesis.work + block.header.work, 0)
        with store.writer.group():
            assert set(store.writer.store_pending(block.transactions, (), 0)[0]) == {Stored.ACCEPTED}
        with store.writer.group():
            confirmed, returned = store.writer.commit_chain((staged,), (), (block.hash,), 0)
        assert (len(confirmed), returned.count) == (len(block.transactions), 0)
        assert reader.block_at(1) == block
        for event in reader.load_events(0, 10_000):
            read_back(EventMessage(number=event.number, kind=event.kind, data=event.data))
    finally:
        reader.close()
        store.close()


def test_the_largest_record_passes_every_decoder_and_the_store(tmp_path: Path) -> None:
    largest = largest_record()
    assert largest.size == MAX_TRANSACTION_BYTES
    encoded = largest.encode()
    assert Transaction.decode(encoded, NETWORK.id) == largest
    read_back(NewTx(transactions=(encoded,), ack=True))
    read_back(PendingMessage(transactions=(encoded,), total=2**32 - 1))
    store = Store(tmp_path, NETWORK)
    try:
        with store.writer.group():
            assert store.writer.store_pending((largest,), (), 0) == ((Stored.ACCEPTED,), ())
        reader = store.reader()
        assert list(reader.pending()) == [largest]
        reader.close()
    finally:
        store.close()
