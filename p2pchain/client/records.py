"""Records: signed and sent in order, and read back from the chain in order."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgpack

from p2pchain.chain.block import Block
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import SALT_SIZE, Transaction, sign
from p2pchain.client.absences import Absence, absences
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
REFUSED_NAMED = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A transaction in its place in the chain; `absence` says why its content is not there, if it is not."""

    transaction: Transaction
    height: int
    block_time: int
    absence: Absence | None = None

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

    def check_sizes(self, texts: Sequence[str], size_max: int) -> None:
        """See that each text, as a record, keeps the network's limit in bytes: before any is signed or sent.

        Raises:
            NodeError: a record is too large, as every node would say.
        """
        bare = sign(
            self.key, self.network_id, timestamp=0, kind=self.kind, payload=b"", salt=bytes(SALT_SIZE)
        )
        for number, text in enumerate(texts, start=1):
            size = bare.size + len(msgpack.packb(text))
            if size > size_max:
                raise NodeError(
                    f"record {number} of at most {size_max:,} bytes, signature and all",
                    f"{size:,}",
                    "split it",
                    code="transaction_too_large",
                )

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

    The node takes what it can of a batch. So the txids of all that it took are given before what it refused is said;
    no later batch is sent then.

    Raises:
        NodeError: the node refused some, or does not answer, or (`other_answer`) not to each.
    """
    sent = 0
    for batch in _batches(transactions):
        encoded = tuple(transaction.encode() for transaction in batch)
        answer = await client.request(NewTx(transactions=encoded, ack=True), GotTx, timeout_s=ACK_TIMEOUT_S)
        if len(answer.codes) != len(batch):
            found, remedy = f"{len(answer.codes)} codes", "send to another node"
            raise NodeError(f"an answer to each of {len(batch)} records", found, remedy, code="other_answer")
        refused: list[tuple[str, str]] = []
        for number, (transaction, code) in enumerate(zip(batch, answer.codes, strict=True), start=sent + 1):
            if code in ("accepted", "known"):
                yield transaction.txid
            else:
                refused.append((code, f"{code} for record {number} ({transaction.txid.hex()})"))
        if refused:
            raise _refusal(refused)
        sent += len(batch)


async def read(client: Client, network_id: bytes, locator: bytes | None = None) -> AsyncIterator[Record]:
    """Read the records of the chain in order, from the block after `locator`, or from the beginning.

    Raises:
        NodeError: the node does not answer, or (`reorganised`) its chain does not go on from `locator`, or from what
            was read.
    """
    async for block in read_blocks(client, network_id, locator):
        lacking = await absences(client, block.transactions)
        for transaction in block.transactions:
            yield Record(transaction, block.height, block.header.timestamp, lacking.get(transaction.txid))


async def read_blocks(
    client: Client, network_id: bytes, locator: bytes | None = None
) -> AsyncIterator[Block]:
    """Read the blocks of the chain in order, in slices, up to the tip, which may rise meanwhile.

    Raises:
        NodeError: the node does not answer, or (`reorganised`) its chain does not go on from `locator`, or from what
            was read.
    """
    hashes = (locator,) if locator is not None else ()
    while True:
        request = GetChain(locator=hashes, what="blocks", limit=SLICE_BLOCKS)
        answer = await client.request(request, Chain)
        for item in answer.items:
            block = Block.decode(item, network_id)
            if hashes and block.header.previous_hash != hashes[0]:
                found = f"a reorganisation below height {block.height}"
                raise NodeError("one chain from beginning to end", found, "read again", code="reorganised")
            hashes = (block.hash,)
            yield block
        if not answer.items or answer.start + len(answer.items) > answer.height:
            return


def _refusal(refused: Sequence[tuple[str, str]]) -> NodeError:
    """Name the first few that were refused, and count the others."""
    named = [text for _, text in refused[:REFUSED_NAMED]]
    if others := len(refused) - len(named):
        named.append(f"{others} more")
    remedy = "those whose ids were given are on disk, later ones were not sent"
    return NodeError("every record to be accepted", ", ".join(named), remedy, code=refused[0][0])


def _batches(transactions: Iterable[Transaction]) -> Iterator[list[Transaction]]:
    """Divide into batches within both bounds; one that is larger by itself goes alone."""
    batch: list[Transaction] = []
    size = 0
    for transaction in transactions:
        if batch and (len(batch) >= BATCH_RECORDS or size + transaction.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(transaction)
        size += transaction.size
    if batch:
        yield batch
