"""A block passes from node to node while the disks are still at work."""

from dataclasses import replace

import msgpack
import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.transaction import Transaction
from p2pchain.node.config import MiningMode
from p2pchain.node.limits import COMPACT_LOOKS_MAX, COMPACT_TIMEOUT_MS, STORE_PROBE_MS
from p2pchain.sim import storage
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.shape import Shape, simulated_network
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.short_id import short_ids

HOSTS = 6
COMMIT_MS = 300
RECORDS = 60
NEVER = 1e-9


def line(seed: int) -> Cluster:
    """Give hosts in a line, of which the first one mines, all with the same records pending."""
    cluster = Cluster(
        seed,
        shape=Shape(
            network=simulated_network(),
            mining=MiningMode.AUTO,
            wiring=(*((number + 1,) for number in range(HOSTS - 1)), ()),
            shares=(1.0, *(NEVER,) * (HOSTS - 1)),
            spacing_ms=200_000,
        ),
    )
    cluster.world.run_until(5_000)
    for number in range(RECORDS):
        cluster.submit(0, f"{number} " + "x" * 200)
    spread = cluster.world.run_until_true(
        lambda: all(len(host.disk.pending()) == RECORDS for host in cluster.hosts), 30_000
    )
    assert spread, f"seed {seed}"
    return cluster


@pytest.mark.parametrize("seed", range(5))
def test_a_block_passes_a_line_of_slow_disks_faster_than_disk_by_disk(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "COMMIT_MS", (COMMIT_MS, COMMIT_MS))
    cluster = line(seed)
    first, *_, last = cluster.hosts
    genesis = cluster.network.genesis.hash
    assert cluster.world.run_until_true(lambda: first.tip != genesis, 3_000_000, 1), f"seed {seed}"
    began_ms = cluster.world.ticks_ms
    assert cluster.world.run_until_true(lambda: last.tip == first.tip, 60_000, 1), f"seed {seed}"
    assert cluster.world.ticks_ms - began_ms < (HOSTS - 1) * COMMIT_MS / 2, f"seed {seed}"
    assert cluster.run_until_agreed(), f"seed {seed}"
    assert not [line for host in cluster.hosts for line in host.reports if "closing" in line], f"seed {seed}"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def told_of_record(stage: Stage) -> tuple[Host, Stranger, Stranger, Transaction]:
    """Give a host, two peers, and a record that all three have."""
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    record = stage.builder.record()
    sender.say(NewTx(transactions=(record.encode(),), ack=False))
    sender.wait(500)
    assert other.told(NewTx)
    return host, sender, other, record


def test_what_comes_next_is_told_compact_before_it_is_on_disk_and_its_parts_are_served(stage: Stage) -> None:
    host, sender, other, record = told_of_record(stage)
    host.disk_full = True
    _, block = stage.builder.block(stage.builder.genesis, [record])
    sender.say(NewBlock(block=block.encode()))
    sender.wait(300)
    assert host.tip != block.hash
    (told,) = other.told(NewBlock)
    assert (told.block, told.header, told.coinbase) == (None, block.header.encode(), block.coinbase.encode())
    assert told.short_ids == tuple(short_ids([record.head.leaf], block.hash))
    other.say(GetBlockTxs(hash=block.hash, indexes=(0,)), GetBlocks(hashes=(block.hash,)))
    other.wait(300)
    assert [answer.transactions for answer in other.told(BlockTxs)] == [(record.encode(),)]
    assert [answer.missing for answer in other.told(BlockMessage)] == [True]
    host.disk_full = False
    other.wait(2 * STORE_PROBE_MS)
    assert host.tip == block.hash
    assert other.told(NewBlock) == [told]
    assert sender.told(NewBlock) == []


def with_forged_signature(stage: Stage, record: Transaction) -> Block:
    """A block whose header and roots are sound, of a record under another signature."""
    head = record.head.raw[:10] + bytes([record.head.raw[10] ^ 1]) + record.head.raw[11:]
    forged = Transaction.decode(msgpack.packb([head, record.content]), stage.network.id)
    return stage.builder.block(stage.builder.genesis, [forged])[1]


def test_a_block_with_a_forged_signature_is_passed_on_compact_and_costs_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cost its maker a proof of work. Who passes it on while signatures are checked is not to blame."""
    monkeypatch.setattr("p2pchain.sim.host.CHECK_MS", (300, 300))
    hosts = [stage.host()]
    hosts.append(stage.host(number=2, peers=(hosts[0].address,)))
    sender, last = stage.friend(hosts[0]), stage.friend(hosts[1])
    record = stage.builder.record()
    sender.say(NewTx(transactions=(record.encode(),), ack=False))
    sender.wait(3_000)
    block = with_forged_signature(stage, record)
    ids = tuple(short_ids([each.head.leaf for each in block.transactions], block.hash))
    sender.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
    sender.wait(100)
    assert sender.told(GetBlockTxs)
    sender.say(BlockTxs(hash=block.hash, transactions=(block.transactions[0].encode(),)))
    sender.wait(3_000)
    (told,) = last.told(NewBlock)
    assert (told.header, told.block, told.short_ids) == (block.header.encode(), None, ids)
    last.say(GetBlocks(hashes=(block.hash,)), GetBlockTxs(hash=block.hash, indexes=(0,)))
    last.wait(500)
    assert [answer.missing for answer in last.told(BlockMessage)] == [True]
    assert [answer.transactions for answer in last.told(BlockTxs)] == [(block.transactions[0].encode(),)]
    for host in hosts:
        assert any("invalid_signature" in line for line in host.reports)
        assert host.node.status(host.now()).best_header == 0
        assert len(host.node._parts.peers.nodes()) == 2
    assert not sender.closed


@pytest.mark.parametrize("check_ms", [5, 300])
def test_each_node_checks_a_block_with_a_forged_signature_once_however_often_it_is_told_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, check_ms: int
) -> None:
    monkeypatch.setattr("p2pchain.sim.host.CHECK_MS", (check_ms, check_ms))
    hosts = [stage.host()]
    for number in range(2, 7):
        hosts.append(stage.host(number=number, peers=tuple(host.address for host in hosts[-2:])))
    sender = stage.friend(hosts[0])
    sender.wait(3_000)
    sender.say(
        *(NewTx(transactions=(stage.builder.record(bytes(400)).encode(),), ack=False) for _ in range(12))
    )
    sender.wait(3_000)
    block = with_forged_signature(stage, stage.builder.record(bytes(5_000)))
    ids = tuple(short_ids([each.head.leaf for each in block.transactions], block.hash))
    for _ in range(10):
        sender.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
        sender.wait(100)
        sender.say(BlockTxs(hash=block.hash, transactions=(block.transactions[0].encode(),)))
        sender.wait(1_000)
    assert [sum("invalid_signature" in line for line in host.reports) for host in hosts] == [1] * len(hosts)
    assert all(host.node.status(host.now()).best_header == 0 for host in hosts)
    assert not [line for host in hosts for line in host.reports if "closing" in line]
    assert sender.told(GetBlockTxs) == [GetBlockTxs(hash=block.hash, indexes=(0,))]


def test_a_block_is_passed_on_while_its_signatures_are_checked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.sim.host.CHECK_MS", (500, 500))
    hosts = [stage.host()]
    for number in range(2, 6):
        hosts.append(stage.host(number=number, peers=(hosts[-1].address,)))
    sender = stage.friend(hosts[0])
    sender.wait(3_000)
    records = [stage.builder.record(bytes(400)) for _ in range(20)]
    _, block = stage.builder.block(stage.builder.genesis, records)
    began_ms = stage.world.ticks_ms
    sender.say(NewBlock(block=block.encode()))
    assert stage.world.run_until_true(lambda: hosts[-1].tip == block.hash, 60_000, 1)
    # Each host reads it for 500 ms, and checks signatures for as long while the next one reads.
    assert stage.world.ticks_ms - began_ms < len(hosts) * 500 + 500 + 1_000


def test_a_block_that_repeats_the_chain_costs_nobody_who_told_of_it_compact(stage: Stage) -> None:
    host, sender, other, record = told_of_record(stage)
    entry, first = stage.builder.block(stage.builder.genesis, [record])
    sender.say(NewBlock(block=first.encode()))
    sender.wait(500)
    _, second = stage.builder.block(entry, [record])
    compact = tuple(short_ids([record.head.leaf], second.hash))
    sender.say(NewBlock(header=second.header.encode(), coinbase=second.coinbase.encode(), short_ids=compact))
    sender.wait(300)
    sender.say(BlockTxs(hash=second.hash, transactions=(record.encode(),)))
    sender.wait(300)
    assert host.tip == first.hash
    _, third = stage.builder.block(entry)
    sender.say(NewBlock(block=third.encode()))
    sender.wait(500)
    assert host.tip == third.hash
    assert other.told(NewBlock)[-1].block == third.encode()
    assert not sender.closed
    assert not other.closed


@pytest.mark.parametrize(("progress", "is_waited_for"), [(50_000, True), (1_000_000, False)])
def test_parts_that_a_slow_line_is_bringing_are_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, progress: int, is_waited_for: bool
) -> None:
    """To ask for the whole block instead would bring the same bytes once more."""
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_PROGRESS_BYTES", progress)
    stage.network = replace(stage.network, max_block_bytes=1024 * 1024)
    stage.builder = ChainBuilder(stage.network, 1)
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    sender.wait(1_000)
    records = [stage.builder.record(bytes(7_000)) for _ in range(25)]
    _, block = stage.builder.block(stage.builder.genesis, records)
    ids = tuple(short_ids([each.head.leaf for each in records], block.hash))
    stage.links.slow_down(sender, 50.0)
    sender.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
    sender.wait(300)
    other.say(NewBlock(header=block.header.encode()))
    sender.say(BlockTxs(hash=block.hash, transactions=tuple(each.encode() for each in records)))
    sender.wait(6_000)
    assert bool(other.told(GetBlocks)) != is_waited_for
    assert (host.tip == block.hash) == is_waited_for


def test_who_sends_other_things_than_the_parts_is_not_waited_for_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.compact.COMPACT_PROGRESS_BYTES", 100)
    host = stage.host()
    busy, other = stage.friend(host), stage.friend(host)
    _, block = stage.builder.block(stage.builder.genesis, [stage.builder.record(bytes(5_000))])
    ids = tuple(short_ids([each.head.leaf for each in block.transactions], block.hash))
    busy.say(NewBlock(header=block.header.encode(), coinbase=block.coinbase.encode(), short_ids=ids))
    busy.wait(100)
    other.say(NewBlock(header=block.header.encode()))
    for _ in range(COMPACT_LOOKS_MAX):
        assert not other.told(GetBlocks)
        for _ in range(4):
            busy.say(NewTx(transactions=(stage.builder.record().encode(),), ack=False))
            busy.wait(COMPACT_TIMEOUT_MS // 4)
    other.wait(500)
    assert len(other.told(GetBlocks)) == 1
