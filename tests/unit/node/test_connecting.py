"""The best complete branch becomes the chain, one change at a time."""

import pytest

from p2pchain.errors import RuleError
from p2pchain.node import connecting as module
from p2pchain.node.events import ChainCommitted, CommitRefused
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.node.ports import Returned
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.new_block import NewBlock


def test_a_longer_branch_takes_the_place_of_the_chain_and_its_records_return(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    old = stage.builder.chain(stage.builder.genesis, [1, 1])
    new = stage.builder.chain(stage.builder.genesis, [1, 0, 0])
    for item in [*old, *new]:
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(150)
    assert host.tip == new[-1].block.hash
    returned = [transaction for item in old for transaction in item.block.transactions]
    assert host.disk.pending() == returned
    assert host.node.status(host.now()).pending == 2
    assert "info: reorganised: 2 blocks off, 3 on" in host.reports


def test_of_equal_branches_the_one_with_the_smaller_hash_stays(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    blocks = [stage.builder.block(stage.builder.genesis, [stage.builder.record()])[1] for _ in range(6)]
    for block in blocks:
        friend.say(NewBlock(block=block.encode()))
        friend.wait(150)
    assert host.tip == min(block.hash for block in blocks)


def test_a_deep_reorganisation_is_an_alarm(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    for item in [
        *stage.builder.chain(stage.builder.genesis, [0] * 8),
        *stage.builder.chain(stage.builder.genesis, [0] * 9),
    ]:
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(150)
    assert any(line.startswith("warning: reorganised: 8 blocks off") for line in host.reports)


def test_a_reorganisation_that_a_full_disk_refused_is_made_when_there_is_room(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    old = stage.builder.chain(stage.builder.genesis, [1, 1])
    new = stage.builder.chain(stage.builder.genesis, [1, 0, 0])
    friend.say(*(NewBlock(block=item.block.encode()) for item in old))
    friend.wait(1_000)
    assert host.tip == old[-1].block.hash
    host.disk_full = True
    friend.say(*(NewBlock(block=item.block.encode()) for item in new))
    friend.wait(5 * STORE_PROBE_MS)
    assert host.tip == old[-1].block.hash
    host.disk_full = False
    friend.wait(2 * STORE_PROBE_MS)
    assert host.tip == new[-1].block.hash
    assert host.disk.pending() == [transaction for item in old for transaction in item.block.transactions]


def test_a_long_change_is_cut_but_not_before_it_beats_the_tip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMIT_BLOCKS_MAX", 2)
    host = stage.host()
    friend = stage.friend(host)
    old = stage.builder.chain(stage.builder.genesis, [0] * 3)
    new = stage.builder.chain(stage.builder.genesis, [0] * 7)
    for item in old:
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(150)
    friend.say(*(NewBlock(block=item.block.encode()) for item in new))
    friend.wait(1_000)
    assert host.tip == new[-1].block.hash
    (line,) = [line for line in host.reports if "reorganised" in line]
    assert line in {f"info: reorganised: 3 blocks off, {count} on" for count in (3, 4)}


def test_a_block_that_repeats_the_chain_is_struck_out_and_its_sender_told(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    record = stage.builder.record()
    parent, first = stage.builder.block(stage.builder.genesis, [record])
    _, again = stage.builder.block(parent, [record])
    friend.say(NewBlock(block=first.encode()), NewBlock(block=again.encode()))
    friend.wait(1_000)
    assert friend.farewell() == "duplicate_transaction"
    assert host.tip == first.hash
    assert host.node.status(host.now()).best_header == 1


def test_a_branch_too_large_for_the_memory_is_kept_on_disk_until_it_can_be_connected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.bodies.BODIES_HELD_BYTES", 1_000)
    host = stage.host()
    friend = stage.friend(host)
    old = stage.builder.chain(stage.builder.genesis, [0] * 8)
    new = stage.builder.chain(stage.builder.genesis, [1] * 9)
    friend.say(*(NewBlock(header=item.block.header.encode()) for item in new))
    for item in [*old, *new[:-2]]:
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(150)
    stored = [host.disk.by_hash(item.block.hash) for item in new]
    assert [each.connected for each in stored if each is not None][:4] == [False] * 4
    friend.say(*(NewBlock(block=item.block.encode()) for item in new[-2:]))
    friend.wait(1_000)
    assert host.tip == new[-1].block.hash


def test_a_commit_is_answered_once(stage: Stage) -> None:
    host = stage.host()
    with pytest.raises(AssertionError, match="once"):
        host.node.handle(ChainCommitted(12345, (), Returned(), 0), host.now())


def under_way(host: Host) -> list[bytes]:
    return [entry.hash for entry in host.node._parts.connecting.under_way]


def test_what_is_being_connected_is_named_until_the_disk_has_it(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis)
    assert under_way(host) == []
    friend.say(NewBlock(block=block.encode()))
    while not under_way(host):
        friend.wait(1)
    assert under_way(host) == [block.hash]
    assert host.tip != block.hash
    friend.wait(300)
    assert under_way(host) == []
    assert host.tip == block.hash


def test_a_buried_block_without_all_of_its_contents_is_connected_with_a_warning() -> None:
    stage = Stage(forget_depth=2)
    host = stage.host()
    friend = stage.friend(host)
    low, *others = stage.builder.chain(stage.builder.genesis, [2, 0, 0])
    friend.say(NewBlock(block=low.block.with_contents({1: None}).encode()))
    friend.wait(150)
    friend.say(Contents(contents=(None,)))
    for item in others:
        friend.say(NewBlock(block=item.block.encode()))
        friend.wait(150)
    assert host.tip == others[-1].block.hash
    (line,) = [line for line in host.reports if "without some of its contents" in line]
    assert line.startswith(f"warning: block 1 {low.block.hash.hex()[:16]}: buried, and connected")


def test_a_block_that_is_forgotten_when_the_disk_refuses_it_is_nobody_s(stage: Stage) -> None:
    host = stage.host()
    error = RuleError("a record once", "twice")
    refused = host.node._parts.connecting.refused(CommitRefused(1, bytes(32), error))
    assert refused == (None, error)
    assert host.node.status(host.now()).best_header == 0
