"""The store on disk and the one that simulations use answer alike, whatever is done to them."""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.chain.block import Block
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.sim import disk as disk_module
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.store import index
from p2pchain.store import reader as reader_module
from p2pchain.store import writer as writer_module
from p2pchain.store.store import Store
from p2pchain.store.writer import Writer

# How likely it is that a record comes without its content.
MISSING = 0.2

BOUNDS = {
    "PENDING_SLICE_COUNT": 3,
    "PENDING_SLICE_BYTES": 500,
    "MEMPOOL_COUNT_MAX": 5,
    "MEMPOOL_BYTES_MAX": 900,
    "EXPIRED_PER_COMMIT": 2,
}

Change = tuple[tuple[StagedBlock, ...], tuple[bytes, ...], tuple[bytes, ...], int]


class Pair:
    """Both stores, and a tree of blocks to put into them; records repeat on purpose."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.builder = ChainBuilder(simulated_network(), seed)
        self.directory = directory
        self.model = Disk(self.builder.network)
        self.store = Store(directory, self.builder.network)
        self.records = [self.builder.record() for _ in range(12)]
        self.tree = [self.builder.genesis]
        self.items: dict[bytes, StagedBlock] = {}
        self.whole: dict[bytes, Block] = {}
        self.tip = self.builder.genesis
        self.wall_ms = 100

    def some_records(self) -> list[Transaction]:
        return self.rng.sample(self.records, self.rng.randint(0, 3))

    def store_pending(self) -> None:
        """Accept some, each of which may displace others."""
        self.wall_ms += self.rng.randint(-1, 2)
        records = tuple(self.some_records())
        victims = tuple(tuple(record.txid for record in self.some_records()[:2]) for _ in records)
        displaced = tuple((each.txid, those) for each, those in zip(records, victims, strict=True) if those)
        job = (records, displaced, self.wall_ms)
        with self.store.writer.group():
            assert self.store.writer.store_pending(*job) == self.model.store_pending(*job)

    def expire(self) -> None:
        before_ms = self.wall_ms - self.rng.randint(0, 10)
        with self.store.writer.group():
            assert self.store.writer.expire_pending(before_ms) == self.model.expire_pending(before_ms)

    def load_pending(self) -> None:
        """Read all of it, slice by slice."""
        place = -(10**6)
        with self.store.writer.group():
            while found := self.model.load_pending(place):
                assert self.store.writer.load_pending(place) == found
                place = found[-1].place + 1
            assert self.store.writer.load_pending(place) == ()

    def fill(self) -> None:
        """Put contents back into a block that may lack them."""
        if self.items:
            block = self.whole[self.rng.choice(list(self.whole))]
            found = tuple((place, each.content or b"") for place, each in enumerate(block.transactions))
            with self.store.writer.group():
                self.store.writer.fill_contents(block.hash, found[:1])
            self.model.fill_contents(block.hash, found[:1])

    def forget(self) -> None:
        txids = tuple(record.txid for record in self.some_records()[:1])
        with self.store.writer.group():
            assert self.store.writer.forget_contents(txids) == self.model.forget_contents(txids)

    def grow(self) -> None:
        """Build a block on one of the newest."""
        parent = self.rng.choice(self.tree[-8:])
        entry, block = self.builder.block(parent, self.some_records())
        self.whole[entry.hash] = block
        self.tree.append(entry)
        self.items[entry.hash] = StagedBlock(block, entry.work, entry.chain_time)

    def staged(self, block_hash: bytes) -> StagedBlock:
        """Give a block as it comes this time, with other contents missing than the last."""
        item = self.items[block_hash]
        missing = [place for place in range(len(item.block.transactions)) if self.rng.random() < MISSING]
        return replace(item, block=item.block.with_contents(dict.fromkeys(missing)))

    def move(self) -> None:
        """Make any block the tip; where the model refuses, so must the store, for the same block."""
        target = self.rng.choice(self.tree)
        old, new = path(self.tip), path(target)
        shared = sum(1 for one, other in zip(old, new, strict=False) if one is other)
        revert = tuple(entry.hash for entry in reversed(old[shared:]))
        connect = tuple(entry.hash for entry in new[shared:])
        change = (tuple(map(self.staged, connect)), revert, connect, self.wall_ms)
        expected, refused = answer(self.model, change)
        with self.store.writer.group():
            assert answer(self.store.writer, change) == (expected, refused)
        if refused is None:
            self.tip = target

    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.directory, self.builder.network)

    def compare(self) -> None:
        reader = self.store.reader()
        assert reader.restore(100).recent == self.model.restore().recent
        assert reader.restore(100).pending == self.model.restore().pending
        assert reader.restore(100).pending_count == self.model.restore().pending_count
        assert reader.pending() == tuple(self.model.pending())
        assert reader.load_events(0, 10_000) == self.model.load_events(0, 10_000)
        assert reader.load_events(3, 10, 200) == self.model.load_events(3, 10, 200)
        assert self.store.writer.last_event == self.model.last_event
        for entry in self.tree:
            assert reader.by_hash(entry.hash) == self.model.by_hash(entry.hash)
        height = self.tip.height
        assert reader.frontier(height + 1) == self.model.frontier(height + 1) == self.tip.frontier
        assert reader.encoded(0, height + 2) == self.model.encoded(0, height + 2)
        hashes = tuple(entry.hash for entry in self.tree)
        assert reader.load_blocks(hashes, 2_000) == self.model.load_blocks(hashes, 2_000)
        txids = tuple(record.txid for record in self.records)
        assert reader.load_contents(txids, 100_000) == self.model.load_contents(txids, 100_000)
        assert reader.load_contents(txids, 100) == self.model.load_contents(txids, 100)
        assert reader.restore(1).forgotten == self.model.restore().forgotten
        reader.close()


def answer(store: Disk | Writer, change: Change) -> tuple[object, bytes | None]:
    """What a change of the chain gives, or the block that it is refused for."""
    try:
        return store.commit_chain(*change), None
    except DuplicateTransaction as refusal:
        return None, refusal.culprit


def path(entry: Entry) -> list[Entry]:
    """The blocks from genesis up to one."""
    found = [entry]
    while (parent := found[-1].parent) is not None:
        found.append(parent)
    return found[::-1]


@pytest.fixture(autouse=True, scope="module")
def small_bounds() -> Iterator[None]:
    """Have slices end, the window of a restart, and what expires at a time."""
    with pytest.MonkeyPatch.context() as patch:
        for name, bound in BOUNDS.items():
            for module in (disk_module, writer_module, reader_module):
                if hasattr(module, name):
                    patch.setattr(module, name, bound)
        yield


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 40), st.sampled_from([1, index.GROUP_ROWS]))
def test_the_store_answers_as_its_model_does(seed: int, steps: int, group_rows: int) -> None:
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "GROUP_ROWS", group_rows)
        pair = Pair(Path(directory), seed)
        kinds = [pair.grow, pair.grow, pair.move, pair.move, pair.store_pending, pair.expire, pair.reopen]
        kinds += [pair.fill, pair.forget, pair.load_pending]
        for _ in range(steps):
            pair.rng.choice(kinds)()
        pair.compare()
        pair.reopen()
        pair.compare()
        pair.store.close()
