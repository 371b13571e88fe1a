"""Makes valid chains of any shape, for tests and benchmarks, on networks whose blocks cost nothing to find."""

import random
from collections.abc import Iterable

from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_chain_time
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Now
from p2pchain.node.template import build

# Between blocks that are given no time: so small that a long chain does not reach into the future.
STEP_MS = 10


class ChainBuilder:
    """Signs records and builds blocks on any block that it made before."""

    def __init__(self, network: Network, seed: int) -> None:
        """Start from the network's genesis block, with one author."""
        self.network = network
        self.rng = random.Random(seed)
        self.author = SigningKey(self.rng.randbytes(32))
        genesis = network.genesis
        self.genesis = Entry(genesis, genesis.work, network.spacing, EMPTY.append(genesis.hash), None)
        self._timestamp_ms = network.genesis_time

    def record(self, payload: bytes = b"", kind: str = "test.note") -> Transaction:
        """Sign a record, with a timestamp above all earlier ones."""
        self._timestamp_ms += 1
        return sign(
            self.author,
            self.network.id,
            timestamp=self._timestamp_ms,
            kind=kind,
            payload=payload or self.rng.randbytes(16),
            salt=self.rng.randbytes(16),
        )

    def block(
        self, parent: Entry, transactions: Iterable[Transaction] = (), *, timestamp: int = 0
    ) -> tuple[Entry, Block]:
        """Build a block, and its place in the tree. Its time is a little after its parent's, if none is given."""
        wall_ms = timestamp or parent.header.timestamp + STEP_MS
        template = build(self.network, parent, transactions, bytes(32), Now(wall_ms, 0))
        nonce = self.rng.getrandbits(32)
        while not template.header.with_nonce(nonce).meets_target():
            nonce += 1
        block = template.with_nonce(nonce)
        return self.place(parent, block.header), block

    def place(self, parent: Entry, header: Header) -> Entry:
        """Give a header its place on a parent."""
        chain_time = next_chain_time(
            self.network, parent.height, parent.chain_time, parent.header.timestamp, header.timestamp
        )
        frontier = parent.frontier.append(header.hash)
        return Entry(header, parent.work + header.work, chain_time, frontier, parent)

    def chain(self, parent: Entry, sizes: Iterable[int]) -> list[StagedBlock]:
        """Build blocks on one another, each with a number of records, ready for a store."""
        staged: list[StagedBlock] = []
        for size in sizes:
            parent, block = self.block(parent, [self.record() for _ in range(size)])
            staged.append(StagedBlock(block, parent.work, parent.chain_time))
        return staged
