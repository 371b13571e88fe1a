"""For any chain: each record proves itself under each later block, and with any bit flipped nothing is proven."""

from dataclasses import dataclass

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.receipt import Proven, Receipt
from p2pchain.errors import P2PChainError
from p2pchain.node.events import Unproven
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.wire.decoding import decode
from p2pchain.wire.frame import LENGTH_SIZE
from p2pchain.wire.message import encode
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.receipts import message_of, receipt_of

NETWORK = simulated_network()
sizes = st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any)
seeds = st.integers(0, 2**32)


@dataclass
class Chain:
    """A chain on a disk; `ways` are all pairs of a record's id and the hash of a block at or above its own."""

    disk: Disk
    ways: list[tuple[bytes, bytes]]

    def receipt(self, txid: bytes, head: bytes) -> Receipt:
        receipt = self.disk.prove(txid, head)
        assert not isinstance(receipt, Unproven)
        return receipt


def chain(seed: int, counts: list[int]) -> Chain:
    """Make a chain of blocks of so many records each."""
    builder = ChainBuilder(NETWORK, seed)
    staged = builder.chain(builder.genesis, counts)
    disk = Disk(NETWORK)
    disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    ways = [
        (record.txid, later.block.hash)
        for item in staged
        for record in item.block.transactions
        for later in staged[item.block.height - 1 :]
    ]
    return Chain(disk, ways)


def verified(body: bytes, txid: bytes, head: bytes) -> Proven:
    """Verify what came in a frame's body."""
    message = decode(ProofMessage, body).message
    assert isinstance(message, ProofMessage)
    return receipt_of(message).verify(NETWORK, txid, head)


@given(seeds, sizes)
def test_each_record_proves_itself_under_each_later_block(seed: int, counts: list[int]) -> None:
    found = chain(seed, counts)
    for txid, head in found.ways:
        receipt = found.receipt(txid, head)
        body = encode(message_of(receipt))[LENGTH_SIZE:]
        assert len(body) <= ProofMessage.BYTES_MAX
        proven = verified(body, txid, head)
        assert (proven.record.txid, proven.depth) == (txid, receipt.head.height - proven.block.height)
        assert proven.work == proven.depth * proven.block.work


@given(seeds, sizes, st.data())
def test_any_flipped_bit_of_its_values_is_found(seed: int, counts: list[int], data: st.DataObject) -> None:
    found = chain(seed, counts)
    txid, head = data.draw(st.sampled_from(found.ways))
    values = message_of(found.receipt(txid, head)).values()
    name = data.draw(st.sampled_from([name for name, value in values.items() if value != ()]))
    values[name] = flipped(values[name], data)
    with pytest.raises(P2PChainError):
        verified(bytes(msgpack.packb(["proof", values])), txid, head)


def flipped(value: object, data: st.DataObject) -> object:
    """Flip one bit of a number, of bytes, or of one item of a list."""
    if isinstance(value, int):
        return value ^ 1 << data.draw(st.integers(0, 14))
    if isinstance(value, bytes):
        bit = data.draw(st.integers(0, 8 * len(value) - 1))
        return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")
    assert isinstance(value, tuple)
    place = data.draw(st.integers(0, len(value) - 1))
    return (*value[:place], flipped(value[place], data), *value[place + 1 :])


@given(seeds, sizes, st.data())
def test_what_is_missing_or_comes_from_elsewhere_is_found(
    seed: int, counts: list[int], data: st.DataObject
) -> None:
    found = chain(seed, counts)
    way, other = (data.draw(st.sampled_from(found.ways)) for _ in range(2))
    mine, theirs = (message_of(found.receipt(*each)).values() for each in (way, other))
    for name in mine:
        changes = [{key: value for key, value in mine.items() if key != name}]
        # The last records of a block may share the turns of their ways: see `stands_in`.
        if name != "index" and theirs.get(name, mine[name]) != mine[name]:
            changes.append(mine | {name: theirs[name]})
        for changed in changes:
            with pytest.raises(P2PChainError):
                verified(bytes(msgpack.packb(["proof", changed])), *way)
