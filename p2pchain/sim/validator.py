"""A second opinion on blocks, slow and from the document alone: shares no code with what it judges.

It decodes, hashes and counts everything itself; only SHA-256, msgpack and Ed25519 are the libraries'.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

import msgpack
from nacl import bindings
from nacl.exceptions import CryptoError

from p2pchain.chain.network import Network

_HEADER = struct.Struct(">II32s32sQIQ")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789._-"


class Invalid(ValueError):
    """A block that breaks a rule; the text names it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A block that was found valid, and what those on top need of it. `hashes` are those of its whole chain."""

    height: int
    timestamp: int
    bits: int
    work: int
    chain_time: int
    hashes: tuple[bytes, ...]
    txids: tuple[bytes, ...]


class Validator:
    """Knows every block that it found valid, and judges those on top of them."""

    def __init__(self, network: Network) -> None:
        """Start with the genesis block."""
        self._network = network
        raw = _HEADER.pack(1, 0, bytes(32), network.id, network.genesis_time, network.bits, 0)
        work = _work(network.bits)
        genesis = sha256(raw).digest()
        self.links = {
            genesis: Link(0, network.genesis_time, network.bits, work, network.spacing, (genesis,), ())
        }
        self._judged: dict[bytes, bytes] = {}

    def judge(self, raw: bytes) -> Link:
        """Judge a block.

        Raises:
            Invalid: it breaks a rule, or its parent is none that was found valid.
        """
        if raw not in self._judged:
            self._judged[raw] = self._judge(raw)
        return self.links[self._judged[raw]]

    def _judge(self, raw: bytes) -> bytes:
        header, coinbase, heads, contents = _parts(raw)
        version, height, previous, root, timestamp, bits, _ = _HEADER.unpack(header)
        _demand(previous in self.links, "a valid parent")
        parent, block_hash = self.links[previous], sha256(header).digest()
        _demand((version, height) == (1, parent.height + 1), "version and height")
        _demand(parent.timestamp < timestamp < 2**63, "a time above the parent's, and below 2^63")
        _demand(bits == self._bits_above(parent), "the target of the retarget rule")
        _demand(int.from_bytes(block_hash, "big") <= _target(bits), "proof of work")
        _demand(root == _tree([coinbase, *heads]), "the merkle root")
        _demand(coinbase[:32] == _tree(list(parent.hashes)), "the history root")
        _demand(int.from_bytes(coinbase[32:64], "big") == parent.work, "the work below")
        size = (
            92
            + len(coinbase)
            + sum(self._judge_record(head, content) for head, content in zip(heads, contents, strict=True))
        )
        _demand(size <= self._network.max_block_bytes, "the size of a block")
        txids = tuple(self._txid(head) for head in heads)
        earlier = {txid for each in parent.hashes for txid in self.links[each].txids}
        _demand(len(earlier.union(txids)) == len(earlier) + len(txids), "each record once in its chain")
        self.links[block_hash] = Link(
            height=height,
            timestamp=timestamp,
            bits=bits,
            work=parent.work + _work(bits),
            chain_time=self._chain_time(parent, timestamp),
            hashes=(*parent.hashes, block_hash),
            txids=txids,
        )
        return block_hash

    def _judge_record(self, head: bytes, content: bytes | None) -> int:
        """Judge one record; gives its size."""
        _demand(len(head) >= 151, "the size of a head")
        content_hash, content_size, kind_size = head[113:145], int.from_bytes(head[145:149], "big"), head[149]
        kind, data = head[150 : 150 + kind_size], head[151 + kind_size :]
        _demand(head[64] == 1 and 1 <= kind_size <= 32 and not kind.strip(_LETTERS), "version and kind")
        _demand(head[97] < 128, "a time below 2^63")
        _demand(len(data) <= 64, "the most data")
        _demand(head[150 + kind_size : 151 + kind_size] == bytes([len(data)]), "the size of the data")
        _demand(content_size >= 16, "a salt")
        txid = self._txid(head)
        _demand(
            2**256 // (int.from_bytes(txid, "big") + 1) >= self._network.min_stamp_work, "the stamp's work"
        )
        try:
            bindings.crypto_sign_open(head[:64] + txid, head[65:97])
        except CryptoError as error:
            raise Invalid("the signature") from error
        if content is not None:
            fits = len(content) == content_size and sha256(content).digest() == content_hash
            _demand(fits, "the content that the head names")
        size = len(head) + content_size
        _demand(size <= self._network.max_transaction_bytes, "the size of a record")
        return size

    def _txid(self, head: bytes) -> bytes:
        return sha256(b"p2pchain/tx" + self._network.id + head[64:]).digest()

    def _chain_time(self, parent: Link, timestamp: int) -> int:
        rules = self._network
        if rules.retarget == "none":
            return 0
        step = min(timestamp - parent.timestamp, rules.clamp)
        return min(parent.chain_time + step, rules.spacing * (parent.height + 2) + rules.half_life)

    def _bits_above(self, parent: Link) -> int:
        """Give the bits that the block on top of one has to have."""
        rules = self._network
        if rules.retarget == "none":
            return rules.bits
        ahead = (parent.chain_time - rules.spacing * (parent.height + 1)) * 65536
        exponent = abs(ahead) // rules.half_life * (1 if ahead >= 0 else -1)
        shift, fraction = exponent >> 16, exponent & 0xFFFF
        cubic = 195766423245049 * fraction + 971821376 * fraction**2 + 5127 * fraction**3 + 2**47
        scaled = _target(rules.bits) * (65536 + (cubic >> 48))
        target = scaled << (shift - 16) if shift >= 16 else scaled >> (16 - shift)
        return _compact(max(1, min(target, _target(rules.bits))))


def _parts(raw: bytes) -> tuple[bytes, bytes, list[bytes], list[bytes | None]]:
    """Take a block apart: header, coinbase, heads and contents."""
    try:
        header, coinbase, heads, contents = msgpack.unpackb(raw)
        _demand(len(header) == 92 and 96 <= len(coinbase) <= 128, "sizes of header and coinbase")
        _demand(len(heads) == len(contents), "as many contents as heads")
    except (TypeError, ValueError) as error:
        raise Invalid(f"a block of four parts: {error}") from error
    bare = [header, coinbase, *heads, *(each for each in contents if each is not None)]
    _demand(all(isinstance(each, bytes) for each in bare), "bytes everywhere")
    _demand(msgpack.packb([header, coinbase, heads, contents]) == raw, "one encoding")
    return header, coinbase, heads, contents


def _demand(holds: bool, rule: str) -> None:
    if not holds:
        raise Invalid(rule)


def _target(bits: int) -> int:
    size, mantissa = bits >> 24, bits & 0x7FFFFF
    return mantissa * 256 ** (size - 3) if size >= 3 else mantissa >> 8 * (3 - size)


def _compact(target: int) -> int:
    """Write a target as three bytes, the first below 128, and how many bytes it has in all."""
    size = (target.bit_length() + 8) // 8
    mantissa = target >> 8 * (size - 3) if size > 3 else target << 8 * (3 - size)
    return size << 24 | mantissa


def _work(bits: int) -> int:
    return 2**256 // (_target(bits) + 1)


def _tree(leaves: list[bytes]) -> bytes:
    """Give the root of a Merkle tree as RFC 6962, section 2.1, defines it."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256(b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()
