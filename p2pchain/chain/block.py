"""Blocks: a header, a coinbase that commits to the chain below, and transactions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgpack

from p2pchain.chain.encoding import Reader
from p2pchain.chain.header import HEADER_SIZE, Header
from p2pchain.chain.merkle import leaf_hash, root_of_hashes
from p2pchain.chain.transaction import HEAD_SIZE_MIN, Head, MalformedTransaction, Transaction
from p2pchain.errors import RuleError

COINBASE_SIZE_MIN = 96
COINBASE_SIZE_MAX = 128
_PREFIX = b"\x94\xc4" + bytes([HEADER_SIZE])


class MalformedBlock(RuleError):
    """Bytes that are not the one encoding of a block. They say nothing about the header."""

    code = "malformed_block"
    condemns = False


class Parts(NamedTuple):
    """A block's parts, each still encoded: as many contents as heads, None where one is missing."""

    header: bytes
    coinbase: bytes
    heads: list[bytes]
    contents: list[bytes | None]

    def encode(self) -> bytes:
        """Give the one encoding of the block."""
        return bytes(msgpack.packb(self))

    @classmethod
    def decode(cls, raw: bytes) -> "Parts":
        """Take a block apart.

        Raises:
            MalformedBlock: it is not one, or not in the shortest form.
        """
        reader = Reader(raw, MalformedBlock)
        reader.read_array_of(4)
        header, coinbase = reader.read_bin(), reader.read_bin()
        if len(header) != HEADER_SIZE:
            raise MalformedBlock(f"a header of {HEADER_SIZE} bytes", f"{len(header)} bytes")
        count = reader.read_array()
        if count > len(raw) // HEAD_SIZE_MIN:
            raise MalformedBlock(f"heads of {HEAD_SIZE_MIN} bytes or more", f"{count} of them")
        heads = [reader.read_bin() for _ in range(count)]
        reader.read_array_of(count)
        contents = [reader.read_optional_bin() for _ in range(count)]
        reader.finish()
        return cls(header, coinbase, heads, contents)


@dataclass(frozen=True, slots=True)
class Coinbase:
    """What a block says of the chain below it, and who mined it (an Ed25519 public key, or zeroes)."""

    history_root: bytes
    chain_work: int
    miner: bytes
    extra: bytes = b""

    def encode(self) -> bytes:
        """Give its 96 to 128 bytes."""
        return self.history_root + self.chain_work.to_bytes(32, "big") + self.miner + self.extra

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return COINBASE_SIZE_MIN + len(self.extra)

    @classmethod
    def decode(cls, raw: bytes) -> "Coinbase":
        """Read a coinbase.

        Raises:
            MalformedBlock: it has another length.
        """
        if not COINBASE_SIZE_MIN <= len(raw) <= COINBASE_SIZE_MAX:
            found = f"{len(raw)} bytes"
            raise MalformedBlock(f"a coinbase of {COINBASE_SIZE_MIN} to {COINBASE_SIZE_MAX} bytes", found)
        return cls(raw[:32], int.from_bytes(raw[32:64], "big"), raw[64:96], raw[96:])


@dataclass(frozen=True, slots=True)
class Block:
    """A block. Contents of its transactions may be missing; its encoding is computed once.

    `size` is its bytes, as the network limits them, whether contents are there or not.
    """

    header: Header
    coinbase: Coinbase
    transactions: tuple[Transaction, ...]
    _encoded: list[bytes] = field(default_factory=list, repr=False, compare=False)
    size: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Add its size up, once: it is asked for by everyone who holds the block."""
        records = sum([transaction.size for transaction in self.transactions])
        object.__setattr__(self, "size", HEADER_SIZE + self.coinbase.size + records)

    @property
    def hash(self) -> bytes:
        """The hash of its header."""
        return self.header.hash

    @property
    def height(self) -> int:
        """The number of blocks below it."""
        return self.header.height

    def encode(self) -> bytes:
        """Give the one encoding."""
        if not self._encoded:
            heads = [transaction.head.raw for transaction in self.transactions]
            contents = [transaction.content for transaction in self.transactions]
            self._encoded.append(
                Parts(self.header.encode(), self.coinbase.encode(), heads, contents).encode()
            )
        return self._encoded[0]

    def with_contents(self, contents: Mapping[int, bytes | None]) -> "Block":
        """Give the same block with other contents, None for one that is to be left out, by index."""
        transactions = list(self.transactions)
        for index, content in contents.items():
            transactions[index] = transactions[index]._replace(content=content)
        return Block(self.header, self.coinbase, tuple(transactions))

    @classmethod
    def decode(cls, raw: bytes, network_id: bytes) -> "Block":
        """Read a block.

        Raises:
            MalformedBlock: it is not one, or not in the shortest form.
            MalformedTransaction: a head in it is not one.
        """
        header, coinbase, heads, contents = Parts.decode(raw)
        transactions = tuple(
            Transaction.from_parts(head, content, network_id)
            for head, content in zip(heads, contents, strict=True)
        )
        return cls(Header.decode(header), Coinbase.decode(coinbase), transactions, [raw])


def decoded(block: bytes | Block, network_id: bytes) -> Block:
    """Read a block, unless it is read already.

    Raises:
        MalformedBlock: it is not one, or not in the shortest form.
        MalformedTransaction: a head in it is not one.
    """
    return Block.decode(block, network_id) if isinstance(block, bytes) else block


def header_of(encoded: bytes) -> Header:
    """Read the header of an encoded block without decoding the rest.

    Raises:
        MalformedBlock: the bytes do not begin as a block does.
    """
    end = len(_PREFIX) + HEADER_SIZE
    if encoded[: len(_PREFIX)] != _PREFIX or len(encoded) < end:
        raise MalformedBlock("a msgpack array of four that begins with a header", encoded[:4].hex())
    return Header.decode(encoded[len(_PREFIX) : end])


def merkle_root_of(coinbase: Coinbase, heads: Sequence[Head]) -> bytes:
    """Give the root over the coinbase and the heads."""
    return root_of_hashes([leaf_hash(coinbase.encode()), *(head.leaf for head in heads)])


__all__ = [
    "Block",
    "Coinbase",
    "MalformedBlock",
    "MalformedTransaction",
    "Parts",
    "decoded",
    "header_of",
    "merkle_root_of",
]
