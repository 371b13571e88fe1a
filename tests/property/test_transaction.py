"""For any transaction, block or bytes: what is read is written again as it was, and all else is a rule's error."""

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.chain.block import Block, Coinbase, MalformedBlock, header_of, merkle_root_of
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.chain.keys import SigningKey, verify
from p2pchain.chain.transaction import Head, MalformedTransaction, Transaction, sign
from p2pchain.errors import RuleError

KEY = SigningKey(bytes(range(32)))
NETWORK = bytes(32)
hashes = st.binary(min_size=32, max_size=32)
coinbases = st.builds(Coinbase, hashes, st.integers(0, 2**256 - 1), hashes, st.binary(max_size=32))
headers = st.builds(
    Header,
    height=st.integers(0, 2**32 - 1),
    previous_hash=hashes,
    merkle_root=hashes,
    timestamp=st.integers(0, 2**63 - 1),
    bits=st.integers(0, 2**32 - 1),
    nonce=st.integers(0, 2**64 - 1),
)


@st.composite
def records(draw: st.DrawFn) -> Transaction:
    made = sign(
        KEY,
        NETWORK,
        timestamp=draw(st.integers(0, 2**63 - 1)),
        kind=draw(st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=1, max_size=32)),
        payload=draw(st.binary(max_size=300)),
        salt=draw(st.binary(min_size=16, max_size=16)),
        data=draw(st.binary(max_size=64)),
        min_work=draw(st.integers(1, 16)),
    )
    return made if draw(st.booleans()) else made._replace(content=None)


blocks = st.builds(Block, headers, coinbases, st.lists(records(), max_size=20).map(tuple))


@given(records())
def test_a_transaction_is_read_back(record: Transaction) -> None:
    assert Transaction.decode(record.encode(), NETWORK) == record
    assert Head.decode(record.head.raw) == record.head
    assert record.encode() == msgpack.packb([record.head.raw, record.content])
    assert verify(KEY.public, record.txid, record.head.signature)


@given(records(), hashes.filter(any))
def test_a_record_means_nothing_on_another_network(record: Transaction, network: bytes) -> None:
    other = Transaction.decode(record.encode(), network)
    assert other.txid != record.txid
    assert not verify(other.author, other.txid, other.head.signature)


@given(blocks)
def test_a_block_is_read_back(block: Block) -> None:
    raw = block.encode()
    assert Block.decode(raw, NETWORK) == block
    assert header_of(raw[: HEADER_SIZE + 3]) == block.header
    heads, contents = ([t.head.raw for t in block.transactions], [t.content for t in block.transactions])
    assert raw == msgpack.packb([block.header.encode(), block.coinbase.encode(), heads, contents])


@given(blocks)
def test_the_merkle_root_does_not_depend_on_contents(block: Block) -> None:
    bare = [record._replace(content=None) for record in block.transactions]
    heads = [record.head for record in block.transactions]
    assert merkle_root_of(block.coinbase, heads) == merkle_root_of(block.coinbase, [t.head for t in bare])
    assert Block(block.header, block.coinbase, tuple(bare)).size == block.size


def spoiled(raw: bytes, data: st.DataObject) -> bytes:
    """The bytes with a few of them changed, taken out or put in."""
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 4)))
    return raw[:start] + data.draw(st.binary(max_size=4)) + raw[end:]


@given(records(), st.data())
def test_a_spoiled_transaction_is_refused_or_is_its_own_encoding(
    record: Transaction, data: st.DataObject
) -> None:
    raw = spoiled(record.encode(), data)
    try:
        read = Transaction.decode(raw, NETWORK)
    except RuleError:
        return
    assert read.encode() == raw


@given(blocks, st.data())
def test_a_spoiled_block_is_refused_or_is_its_own_encoding(block: Block, data: st.DataObject) -> None:
    raw = spoiled(block.encode(), data)
    try:
        read = Block.decode(raw, NETWORK)
    except RuleError:
        return
    assert Block(read.header, read.coinbase, read.transactions).encode() == raw


@given(st.binary(max_size=400))
def test_bytes_of_strangers_condemn_nothing(raw: bytes) -> None:
    assert refusals(raw) <= {MalformedTransaction, MalformedBlock}
    assert not any(fault.condemns for fault in refusals(raw))


def refusals(raw: bytes) -> set[type[RuleError]]:
    """The errors of all decoders; any other exception fails the test."""
    found: set[type[RuleError]] = set()
    for decode in (Transaction.decode, Block.decode):
        try:
            decode(raw, NETWORK)
        except RuleError as error:
            found.add(type(error))
    try:
        Head.decode(raw)
    except RuleError as error:
        found.add(type(error))
    return found
