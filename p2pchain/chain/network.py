"""A network: the rules that its nodes share, read from a small flat TOML file, and the id that stands for them."""

import json
import tomllib
from dataclasses import dataclass, field, fields
from hashlib import sha256

import msgpack

from p2pchain.chain.encoding import TIMESTAMP_END
from p2pchain.chain.header import Header
from p2pchain.chain.target import MalformedBits, target_of
from p2pchain.errors import UsageError

ID_DOMAIN = b"p2pchain/network"
MAX_BLOCK_BYTES = 4 * 1024 * 1024
MIN_BLOCK_BYTES = 4_096
MIN_TRANSACTION_BYTES = 512
MAX_TRANSACTION_BYTES = 1024 * 1024  # one always fits into a message that pushes transactions
YEAR_MS = 366 * 24 * 3_600_000
NAME_SIZE_MAX = 64
RETARGETS = ("none", "asert")


@dataclass(frozen=True, slots=True)
class Network:
    """The rules, each in its range. Times are in ms; `search_rate` (hashes a second) is advice to miners.

    `id` is the hash over all rules but that advice: two nodes whose files differ in any have different ones.

    Raises:
        UsageError: a rule is out of its range.
    """

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

    id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hold every rule to its range, and hash them all."""
        self._check()
        clock = (0, 0) if self.retarget == "none" else (self.half_life, self.clamp)
        rules = [
            1,
            self.name,
            self.genesis_time,
            self.bits,
            self.retarget,
            self.spacing,
            *clock,
            self.max_block_bytes,
            self.max_transaction_bytes,
            self.min_stamp_work,
            self.forget_depth,
        ]
        object.__setattr__(self, "id", sha256(ID_DOMAIN + msgpack.packb(rules)).digest())

    @classmethod
    def parse(cls, text: str) -> "Network":
        """Read a network's file.

        Raises:
            UsageError: it is not TOML, or a key is unknown, missing, of the wrong type or out of range.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"a network file in TOML ({error})", "", "see `p2pchain network show`"
            ) from error
        kinds = {each.name: str if each.type is str else int for each in fields(cls) if each.init}
        for name, value in values.items():
            if name not in kinds:
                raise UsageError(f"the keys {', '.join(kinds)}", name, "remove it")
            if type(value) is not kinds[name]:
                raise UsageError(f"{name} as {kinds[name].__name__}", type(value).__name__)
        missing = [name for name in kinds if name not in values and name != "search_rate"]
        if missing:
            raise UsageError(f"the key {missing[0]}", "none", "add it; see `p2pchain network show`")
        return cls(**values)

    def _check(self) -> None:
        if not 1 <= len(self.name.encode()) <= NAME_SIZE_MAX or not self.name.isprintable():
            raise UsageError(f"name: 1 to {NAME_SIZE_MAX} bytes of printable text", repr(self.name))
        if self.retarget not in RETARGETS:
            raise UsageError(f"retarget: one of {', '.join(RETARGETS)}", repr(self.retarget))
        try:
            target_of(self.bits)
        except MalformedBits as error:
            raise UsageError(f"bits: {error.expected}", error.found) from error
        least = 0 if self.retarget == "none" else 1
        ranges = {
            "genesis_time": (0, TIMESTAMP_END - 1),
            "spacing": (1, YEAR_MS),
            "half_life": (least, YEAR_MS),
            "clamp": (least, YEAR_MS),
            "max_block_bytes": (MIN_BLOCK_BYTES, MAX_BLOCK_BYTES),
            "max_transaction_bytes": (
                MIN_TRANSACTION_BYTES,
                min(MAX_TRANSACTION_BYTES, self.max_block_bytes - MIN_BLOCK_BYTES // 2),
            ),
            "min_stamp_work": (1, 2**64 - 1),
            "forget_depth": (1, 2**32),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name}: {low} to {high}", str(getattr(self, name)))
        if self.search_rate is not None and self.search_rate < 1:
            raise UsageError("search_rate: 1 or more", str(self.search_rate), "leave it out for no limit")

    def to_toml(self) -> str:
        """Give the network's file."""
        return "".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in self.values().items()
        )

    def values(self) -> dict[str, str | int]:
        """Give the rules by name, in the order of the file; without `search_rate` where there is none."""
        found = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return {name: value for name, value in found.items() if value is not None}

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
