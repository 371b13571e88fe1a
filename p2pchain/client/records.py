"""Records: signed and sent in order, and read back from the chain in order."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgpack

from p2pchain.chain.block import Block
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.client.client import Client
from p2pchain.errors import NodeError
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

BATCH_RECORDS = 256
BATCH_BYTES = 1024 * 1024
SLICE_BLOCKS = 500
ACK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Record:
    """A transaction in its place in the chain."""

    transaction: Transaction
    height: int
    block_time: int

    @property
    def text(self) -> str:
        """The payload as text: what msgpack says if it is a string, else its bytes as far as they are UTF-8."""
        return text_of(self.transaction)


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs: a key, and for which network and application."""

    key: SigningKey
    network_id: bytes
    kind: str
    min_work: int = 1

    def sign_texts(
        self, texts: Iterable[str], first_timestamp: int, salts: Iterator[bytes]
    ) -> Iterator[Transaction]:
        """Sign texts in order, with timestamps that rise by one ms; `salts` gives 16 random bytes for each."""
        for timestamp, text in enumerate(texts, start=first_timestamp):
            yield sign(
                self.key,
                self.network_id,
                timestamp=timestamp,
                kind=self.kind,
                payload=msgpack.packb(text),
                salt=next(salts),
                min_work=self.min_work,
            )


def text_of(transaction: Transaction) -> str:
    """Give a transaction's payload as text; nothing where it is not there."""
    payload = transaction.payload
    if payload is None:
        return ""
    try:
        value = msgpack.unpackb(payload)
    except (ValueError, msgpack.UnpackException):
        value = payload
    return value if isinstance(value, str) else (payload.decode("utf-8", "replace"))


async def send(client: Client, transactions: Iterable[Transaction]) -> AsyncIterator[bytes]:
    """Send transactions in order, in batches; gives each txid once the node has it on disk.

    Raises:
        NodeError: the node refused one, or does not answer.
    """
    for batch in _batches(transactions):
        encoded = tuple(transaction.encode() for transaction in batch)
        answer = await client.request(NewTx(transactions=encoded, ack=True), GotTx, timeout_s=ACK_TIMEOUT_S)
        for transaction, code in zip(batch, answer.codes, strict=True):
            if code not in ("accepted", "known"):
                raise NodeError(
                    f"record {transaction.txid.hex()} to be accepted", code, "see the node's log", code=code
                )
            yield transaction.txid


async def read(client: Client, network_id: bytes, locator: bytes | None = None) -> AsyncIterator[Record]:
    """Read the records of the chain in order, from the block after `locator`, or from the beginning.

    Raises:
        NodeError: the node does not answer.
    """
    async for block in read_blocks(client, network_id, locator):
        for transaction in block.transactions:
            yield Record(transaction, block.height, block.header.timestamp)


async def read_blocks(
    client: Client, network_id: bytes, locator: bytes | None = None
) -> AsyncIterator[Block]:
    """Read the blocks of the chain in order, in slices, up to the tip of the first answer's time.

    Raises:
        NodeError: the node does not answer.
    """
    hashes = (locator,) if locator is not None else ()
    expected: int | None = None
    while True:
        request = GetChain(locator=hashes, what="blocks", limit=SLICE_BLOCKS)
        answer = await client.request(request, Chain)
        if expected is not None and answer.start != expected:
            found = f"a reorganisation at height {answer.start - 1}"
            raise NodeError("one chain from beginning to end", found, "read again", code="reorganised")
        for item in answer.items:
            block = Block.decode(item, network_id)
            hashes = (block.hash,)
            yield block
        expected = answer.start + len(answer.items)
        if not answer.items or expected > answer.height:
            return


def _batches(transactions: Iterable[Transaction]) -> Iterator[list[Transaction]]:
    waiting = iter(transactions)
    while first := list(islice(waiting, 1)):
        batch, size = first, first[0].size
        for transaction in waiting:
            batch.append(transaction)
            size += transaction.size
            if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
                break
        yield batch
