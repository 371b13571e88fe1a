"""Transactions: a small signed head, which the chain commits to, and its content, which the head commits to."""

import struct
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import msgpack

from p2pchain.chain.encoding import TIMESTAMP_END, Reader
from p2pchain.chain.keys import SIGNATURE_SIZE, SigningKey
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.target import SPACE
from p2pchain.errors import RuleError

VERSION = 1
SALT_SIZE = 16
KIND_SIZE_MAX = 32
DATA_SIZE_MAX = 64
KIND_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
TXID_DOMAIN = b"p2pchain/tx"
KINDS_REMEMBERED = 256
HEADS_REMEMBERED = 4096
_FIXED = struct.Struct(">64sB32sQQ32sIB")  # a head up to the length of its kind
HEAD_SIZE_MIN = _FIXED.size + 2


class MalformedTransaction(RuleError):
    """Bytes that are not the one encoding of a transaction."""

    code = "malformed_transaction"
    condemns = False


class Head(NamedTuple):
    """The signed part. `raw` is its encoding; `timestamp` is in ms since 1970; `stamp` the nonce the author ground.

    `leaf` is its hash as a leaf of a block's Merkle tree, `size` the whole transaction's bytes as limits count them:
    both are asked for at every stage of a record's way.

    A tuple: blocks hold thousands, and a frozen dataclass takes four times as long to make.
    """

    signature: bytes
    author: bytes
    timestamp: int
    stamp: int
    content_hash: bytes
    content_size: int
    kind: str
    data: bytes
    raw: bytes
    leaf: bytes
    size: int

    @classmethod
    def decode(cls, raw: bytes) -> "Head":
        """Read a head.

        Raises:
            MalformedTransaction: it is not of the fixed layout, or a field is out of its bounds.
        """
        if len(raw) < HEAD_SIZE_MIN:
            raise MalformedTransaction(f"a head of {HEAD_SIZE_MIN} bytes or more", f"{len(raw)} bytes")
        signature, version, author, timestamp, stamp, content_hash, content_size, kind_size = (
            _FIXED.unpack_from(raw)
        )
        if version != VERSION:
            raise MalformedTransaction(f"version {VERSION}", str(version))
        if timestamp >= TIMESTAMP_END:
            raise MalformedTransaction("a time below 2^63", str(timestamp))
        if content_size < SALT_SIZE:
            raise MalformedTransaction(f"{SALT_SIZE} bytes of content or more", str(content_size))
        kind_end = _FIXED.size + kind_size
        kind, data = _kind_of(raw[_FIXED.size : kind_end]), raw[kind_end + 1 :]
        if kind_end >= len(raw) or raw[kind_end] != len(data) or len(data) > DATA_SIZE_MAX:
            raise MalformedTransaction(
                f"data of 0 to {DATA_SIZE_MAX} bytes, as long as it says", f"{len(data)} bytes"
            )
        leaf, size = leaf_hash(raw), len(raw) + content_size
        return cls(
            signature, author, timestamp, stamp, content_hash, content_size, kind, data, raw, leaf, size
        )

    @property
    def body(self) -> bytes:
        """All but the signature: what the id is taken from."""
        return self.raw[SIGNATURE_SIZE:]


class Transaction(NamedTuple):
    """A head with its id on one network, and its content, if that is there."""

    head: Head
    content: bytes | None
    txid: bytes

    @classmethod
    def from_parts(cls, raw_head: bytes, content: bytes | None, network_id: bytes) -> "Transaction":
        """Put a transaction together from an encoded head and its content.

        Raises:
            MalformedTransaction: the head is.
        """
        return cls(Head.decode(raw_head), content, txid_of(raw_head[SIGNATURE_SIZE:], network_id))

    @classmethod
    def decode(cls, raw: bytes, network_id: bytes) -> "Transaction":
        """Read a transaction: a msgpack array of head and content.

        Raises:
            MalformedTransaction: it is not, or not in the shortest form.
        """
        reader = Reader(raw, MalformedTransaction)
        reader.read_array_of(2)
        raw_head, content = reader.read_bin(), reader.read_optional_bin()
        reader.finish()
        head, txid = _head_and_id(raw_head, network_id)
        return cls(head, content, txid)

    def encode(self) -> bytes:
        """Give the one encoding."""
        return bytes(msgpack.packb([self.head.raw, self.content]))

    @property
    def size(self) -> int:
        """Its bytes, as limits count them, whether the content is there or not."""
        return self.head.size

    @property
    def work(self) -> int:
        """The hashes that its stamp took on average."""
        return SPACE // (int.from_bytes(self.txid, "big") + 1)

    @property
    def author(self) -> bytes:
        """The public key that signed it."""
        return self.head.author

    @property
    def timestamp(self) -> int:
        """When its author says that it was signed, in ms since 1970."""
        return self.head.timestamp

    @property
    def kind(self) -> str:
        """The application that it is for."""
        return self.head.kind

    @property
    def payload(self) -> bytes | None:
        """The content without its salt."""
        return self.content[SALT_SIZE:] if self.content is not None else None


def txid_of(body: bytes, network_id: bytes) -> bytes:
    """Give the id that a head's body has on a network: a record of one network means nothing on another."""
    return sha256(TXID_DOMAIN + network_id + body).digest()


@lru_cache(HEADS_REMEMBERED)
def _head_and_id(raw: bytes, network_id: bytes) -> tuple[Head, bytes]:
    """Read a head, with its id. A record comes from one peer after the other, soon after the first."""
    return Head.decode(raw), txid_of(raw[SIGNATURE_SIZE:], network_id)


@lru_cache(KINDS_REMEMBERED)
def _kind_of(raw: bytes) -> str:
    """Read a kind. There are few, and they come again and again."""
    if not 1 <= len(raw) <= KIND_SIZE_MAX or not KIND_LETTERS.issuperset(raw):
        raise MalformedTransaction(f"a kind of 1 to {KIND_SIZE_MAX} letters a-z 0-9 . _ -", repr(raw))
    return raw.decode()


def sign(
    key: SigningKey,
    network_id: bytes,
    *,
    timestamp: int,
    kind: str,
    payload: bytes,
    salt: bytes,
    data: bytes = b"",
    min_work: int = 1,
) -> Transaction:
    """Make a transaction: grind the stamp until the id carries `min_work` (in hashes), then sign."""
    content = salt + payload
    name = kind.encode()
    before = struct.pack(">B32sQ", VERSION, key.public, timestamp)
    after = (
        sha256(content).digest()
        + struct.pack(">IB", len(content), len(name))
        + name
        + bytes([len(data)])
        + data
    )
    prefix = sha256(TXID_DOMAIN + network_id + before)
    target = 2**256 // min_work
    stamp = 0
    while True:
        hasher = prefix.copy()
        hasher.update(stamp.to_bytes(8, "big") + after)
        txid = hasher.digest()
        if int.from_bytes(txid, "big") < target:
            break
        stamp += 1
    raw = key.sign(txid) + before + stamp.to_bytes(8, "big") + after
    return Transaction(Head.decode(raw), content, txid)
