"""A network: the rules that its nodes share, read from a small flat TOML file, and the id that stands for them."""

import tomllib
from dataclasses import dataclass
from hashlib import sha256

import msgpack

from p2pchain.chain.header import Header
from p2pchain.chain.target import MalformedBits, target_of
from p2pchain.errors import UsageError

ID_DOMAIN = b"p2pchain/network"
MAX_BLOCK_BYTES = 4 * 1024 * 1024
TIME_END = 2**63
RETARGETS = ("none", "asert")


@dataclass(frozen=True, slots=True)
class Network:
    """The rules. Times are in ms; `search_rate` (hashes a second) is advice to miners, and no part of the id."""

    name: str
    genesis_time: int
    bits: int
    retarget: str
    spacing: int
    half_life: int
    clamp: int
    max_block_bytes: int
    max_transaction_bytes: int
    min_stamp_work: int
    forget_depth: int
    search_rate: int | None = None

    @property
    def id(self) -> bytes:
        """The hash over all rules: two nodes whose files differ in any have different ones."""
        none = self.retarget == "none"
        rules = [
            1,
            self.name,
            self.genesis_time,
            self.bits,
            self.retarget,
            self.spacing,
            0 if none else self.half_life,
            0 if none else self.clamp,
            self.max_block_bytes,
            self.max_transaction_bytes,
            self.min_stamp_work,
            self.forget_depth,
        ]
        return sha256(ID_DOMAIN + msgpack.packb(rules)).digest()

    @property
    def genesis(self) -> Header:
        """The first header, which needs no proof of work."""
        return Header(0, bytes(32), self.id, self.genesis_time, self.bits, 0)


# About a block a second with four miners of 100,000 hashes a second each.
LOCAL = Network(
    name="local",
    genesis_time=1_767_225_600_000,
    bits=0x1E29F16B,
    retarget="none",
    spacing=1_000,
    half_life=0,
    clamp=0,
    max_block_bytes=1024 * 1024,
    max_transaction_bytes=64 * 1024,
    min_stamp_work=1,
    forget_depth=1_000,
    search_rate=100_000,
)
