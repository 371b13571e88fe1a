"""The chain as the node sees it."""

import pytest

from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY, Frontier
from p2pchain.chain.rules import FutureHeader, WrongHeight
from p2pchain.node import ledger as module
from p2pchain.node.actions import StagedBlock
from p2pchain.node.events import Now
from p2pchain.node.ledger import LOCATOR_DENSE, LOCATOR_MAX, CondemnedBlock, Ledger, TooManyHeaders
from p2pchain.node.ports import Restored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.sim.world import EPOCH_MS

NETWORK = simulated_network()
NOW = Now(EPOCH_MS + 100_000, 0)


def filled(length: int) -> tuple[Disk, list[StagedBlock], ChainBuilder]:
    builder, disk = ChainBuilder(NETWORK, 1), Disk(NETWORK)
    staged = builder.chain(builder.genesis, [0] * length)
    disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    return disk, staged, builder


def windowed(disk: Disk, window: int) -> Ledger:
    """A ledger that holds only the newest blocks in memory."""
    whole = disk.restore()
    start = len(whole.recent) - window
    frontier = disk.frontier(start) if start else EMPTY
    return Ledger(NETWORK, Restored(whole.recent[start:], frontier, (), 0, 0), disk)


def test_it_starts_where_the_disk_ends() -> None:
    disk, staged, _ = filled(5)
    ledger = windowed(disk, 2)
    assert ledger.tip.hash == ledger.best.hash == staged[-1].block.hash
    assert ledger.tip.frontier == disk.frontier(6)


def test_a_header_is_held_on_its_parent_if_it_keeps_the_rules() -> None:
    disk, _, builder = filled(0)
    ledger = windowed(disk, 1)
    _, block = builder.block(builder.genesis)
    entry = ledger.accept(block.header, ledger.tip, NOW)
    assert ledger.best is entry
    assert entry.work == ledger.tip.work + block.header.work
    with pytest.raises(WrongHeight):
        ledger.accept(_at_height(builder, 7), ledger.tip, NOW)
    with pytest.raises(FutureHeader):
        ledger.accept(
            builder.block(builder.genesis, timestamp=NOW.wall_ms + 61_000)[1].header, ledger.tip, NOW
        )


def test_a_block_below_the_window_is_found_on_disk_with_its_history() -> None:
    disk, staged, _ = filled(9)
    ledger = windowed(disk, 3)
    entry = ledger.find(staged[2].block.hash)
    assert entry is not None
    assert (entry.height, entry.work) == (3, staged[2].work)
    assert entry.frontier == disk.frontier(4)
    assert ledger.find(staged[2].block.hash) is entry
    assert ledger.find(bytes(32)) is None


def test_of_many_blocks_below_the_window_the_history_is_read_from_disk_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk, staged, _ = filled(9)
    ledger, read = windowed(disk, 3), disk.frontier
    sizes: list[int] = []

    def note(size: int) -> Frontier:
        sizes.append(size)
        return read(size)

    monkeypatch.setattr(disk, "frontier", note)
    for item in staged[1:6]:
        entry = ledger.find(item.block.hash)
        assert entry is not None
        assert entry.frontier == read(entry.height + 1)
    assert sizes == [3]


def test_a_locator_is_dense_at_the_top_sparse_below_and_ends_with_genesis() -> None:
    disk, staged, _ = filled(300)
    for window in (3, 301):
        locator = windowed(disk, window).locator()
        heights = [disk.by_hash(each).header.height for each in locator if disk.by_hash(each)]  # type: ignore[union-attr]  # it is there
        assert heights[: LOCATOR_DENSE + 1] == list(range(300, 300 - LOCATOR_DENSE - 1, -1))
        assert heights[-1] == 0
        assert heights == sorted(set(heights), reverse=True)
        assert len(locator) < 25
    assert len(staged) == 300


def test_a_locator_begins_with_the_best_header_though_its_body_is_missing() -> None:
    disk, _, builder = filled(2)
    ledger = windowed(disk, 3)
    entry = ledger.tip
    for _ in range(LOCATOR_DENSE + 4):
        _, block = builder.block(entry)
        entry = ledger.accept(block.header, entry, NOW)
    locator = ledger.locator()
    assert locator[0] == ledger.best.hash
    assert ledger.tip.hash in locator
    assert len(locator) <= LOCATOR_MAX


def test_what_follows_the_first_locator_hash_that_is_connected() -> None:
    disk, staged, _ = filled(6)
    ledger = windowed(disk, 7)
    start, headers = ledger.after((bytes(32), staged[3].block.hash, staged[0].block.hash), 1)
    assert (start, headers) == (5, [staged[4].block.header.encode()])
    assert ledger.after((), 100)[0] == 1


def test_what_a_change_takes_off_is_listed_tip_first_from_memory_or_disk() -> None:
    disk, staged, _ = filled(6)
    expected = tuple(item.block.hash for item in reversed(staged[2:]))
    for window in (2, 7):
        assert windowed(disk, window).connected_hashes_above(2) == expected


def test_headers_far_below_the_tip_are_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW_BLOCKS", 4)
    disk, _, _ = filled(20)
    assert not windowed(disk, 5).trim()
    ledger = windowed(disk, 21)
    assert ledger.trim()
    assert len(ledger.tree) == 5


def test_headers_that_lead_to_no_better_tip_are_held_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TREE_MAX", 5)
    disk, _, builder = filled(3)
    ledger = windowed(disk, 4)
    genesis = ledger.find(NETWORK.genesis.hash)
    assert genesis is not None
    ledger.accept(builder.block(builder.genesis)[1].header, genesis, NOW)
    with pytest.raises(TooManyHeaders):
        ledger.accept(builder.block(builder.genesis)[1].header, genesis, NOW)
    better = ledger.accept(builder.block(ledger.tip)[1].header, ledger.tip, NOW)
    assert ledger.best is better


def _at_height(builder: ChainBuilder, height: int) -> Header:
    header = builder.block(builder.genesis)[1].header
    while True:
        wrong = type(header)(
            height, header.previous_hash, header.merkle_root, header.timestamp, header.bits, header.nonce
        )
        if wrong.meets_target():
            return wrong
        header = header.with_nonce(header.nonce + 1)


def test_what_was_condemned_is_taken_in_no_more_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONDEMNED_REMEMBERED", 2)
    disk, _, builder = filled(0)
    ledger = windowed(disk, 1)
    blocks = [builder.block(builder.genesis)[1] for _ in range(3)]
    for block in blocks:
        ledger.condemn(ledger.accept(block.header, ledger.tip, NOW))
        assert ledger.best is ledger.tip
        assert ledger.is_condemned(block.hash)
    assert [ledger.is_condemned(block.hash) for block in blocks] == [False, True, True]
    for block in blocks[1:]:
        with pytest.raises(CondemnedBlock):
            ledger.accept(block.header, ledger.tip, NOW)
    assert ledger.accept(blocks[0].header, ledger.tip, NOW) is ledger.best
