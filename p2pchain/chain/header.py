"""Block headers: 92 bytes, hashed once with SHA-256, that prove the work done on a block."""

import struct
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256

from p2pchain.chain.target import target_of, work_of
from p2pchain.errors import RuleError

HEADER_SIZE = 92
VERSION = 1

# A header is read when it is told of, again with its block, and again where that is kept: as many as are held ahead of
# their blocks in a sync, 700 bytes each.
HEADERS_REMEMBERED = 4_096

_LAYOUT = struct.Struct(">II32s32sQIQ")


class MalformedHeader(RuleError):
    """A header that is not 92 bytes long."""

    code = "malformed_header"
    condemns = False


@dataclass(frozen=True, slots=True)
class Header:
    """A header. `timestamp` is in ms since 1970; `bits` the target in compact form."""

    height: int
    previous_hash: bytes
    merkle_root: bytes
    timestamp: int
    bits: int
    nonce: int
    version: int = VERSION
    hash: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash it once and for all."""
        object.__setattr__(self, "hash", hash_of(self.encode()))

    def encode(self) -> bytes:
        """Give the 92 bytes that are hashed."""
        return _LAYOUT.pack(
            self.version,
            self.height,
            self.previous_hash,
            self.merkle_root,
            self.timestamp,
            self.bits,
            self.nonce,
        )

    @classmethod
    def decode(cls, raw: bytes) -> "Header":
        """Read a header.

        Raises:
            MalformedHeader: it is not 92 bytes long.
        """
        if len(raw) != HEADER_SIZE:
            raise MalformedHeader(f"a header of {HEADER_SIZE} bytes", f"{len(raw)} bytes")
        return _decoded(raw)

    def with_nonce(self, nonce: int) -> "Header":
        """Give the same header with another nonce."""
        return replace(self, nonce=nonce)

    @property
    def target(self) -> int:
        """The number that its hash must not exceed."""
        return target_of(self.bits)

    @property
    def work(self) -> int:
        """The hashes that finding it took on average."""
        return work_of(self.target)

    def meets_target(self) -> bool:
        """Whether its hash, read as a number, does not exceed the target."""
        return int.from_bytes(self.hash, "big") <= self.target


def hash_of(raw: bytes) -> bytes:
    """Hash an encoded header."""
    return sha256(raw).digest()


@lru_cache(HEADERS_REMEMBERED)
def _decoded(raw: bytes) -> Header:
    version, height, previous_hash, merkle_root, timestamp, bits, nonce = _LAYOUT.unpack(raw)
    return Header(height, previous_hash, merkle_root, timestamp, bits, nonce, version)
