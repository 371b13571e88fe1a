"""Contents that are missing: withheld by their miner, forgotten by operators, got from whoever has them, or buried."""

import pytest

from p2pchain.node.actions import StagedBlock
from p2pchain.node.config import MiningMode
from p2pchain.node.events import Address
from p2pchain.node.limits import CONTENTS_RETRY_MS, CONTENTS_TIMEOUT_MS
from p2pchain.sim.checkers import check_chain
from p2pchain.sim.cluster import PORT, Cluster
from p2pchain.sim.host import Host
from p2pchain.sim.hostile.withholder import Withholder
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

DEPTH = 5
HOSTS = 3
WAIT_MS = 400


def ring(stage: Stage, count: int = HOSTS) -> list[Host]:
    """Boot hosts that each dial the ones before."""
    hosts: list[Host] = []
    for number in range(1, count + 1):
        hosts.append(stage.host(number=number, peers=tuple(host.address for host in hosts)))
    stage.world.run_until(stage.world.ticks_ms + 5_000)
    return hosts


def bare(item: StagedBlock) -> NewBlock:
    """Announce a block without any content."""
    return NewBlock(
        block=item.block.with_contents(dict.fromkeys(range(len(item.block.transactions)))).encode()
    )


def whole(item: StagedBlock) -> NewBlock:
    return NewBlock(block=item.block.encode())


def tell(teller: Stranger, *messages: NewBlock) -> None:
    for message in messages:
        teller.say(message)
        teller.wait(WAIT_MS)


def contents(host: Host) -> list[bytes | None]:
    return [each.content for block in host.disk.blocks() for each in block.transactions]


def asked(stranger: Stranger) -> list[tuple[bytes, ...]]:
    return [message.txids for message in stranger.told(GetContents)]


def pass_on(teller: Stranger, item: StagedBlock) -> None:
    """Answer every question for contents that was put so far, with those of a block."""
    held = {each.txid: each.content for each in item.block.transactions}
    for question in teller.told(GetContents):
        teller.say(Contents(contents=tuple(map(held.get, question.txids))))
    teller.wait(WAIT_MS)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_miner_hides_from_all_stays_out_of_the_chain_and_the_others_go_on(seed: int) -> None:
    cluster = Cluster(seed, 4)
    hider = Withholder(cluster.world, cluster.links, cluster.network, Address("192.0.2.1", PORT))
    hider.dial(cluster.hosts)
    assert cluster.world.run_until_true(lambda: len(hider.mined) >= 3, 120_000)
    for number in range(20):
        cluster.submit(number % 4, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 500)
    assert cluster.run_until_agreed()
    for host in cluster.hosts:
        check_chain(cluster, host)
        assert not {block.hash for block in host.disk.blocks()} & set(hider.mined)
        assert None not in contents(host)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_miner_shows_to_one_spreads_to_all(seed: int) -> None:
    cluster = Cluster(seed, 4)
    hider = Withholder(cluster.world, cluster.links, cluster.network, Address("192.0.2.1", PORT))
    hider.shown = {cluster.hosts[2].address.host}
    hider.dial(cluster.hosts)
    assert cluster.world.run_until_true(lambda: len(hider.mined) >= 8, 120_000)
    cluster.submit(0, "the last record")
    assert cluster.run_until_agreed()
    chained = {block.hash for block in cluster.hosts[0].disk.blocks()}
    assert chained & set(hider.mined)
    for host in cluster.hosts:
        check_chain(cluster, host)
        assert {block.hash for block in host.disk.blocks()} == chained
        assert None not in contents(host)


def test_only_work_with_bodies_buries_what_nobody_has_and_then_all_take_it_as_withheld() -> None:
    stage = Stage(forget_depth=DEPTH)
    hosts = ring(stage)
    hider = stage.friend(hosts[0])
    items = stage.builder.chain(stage.builder.genesis, [2] + [0] * DEPTH)
    tell(hider, bare(items[0]))
    pass_on(hider, StagedBlock(items[1].block, 0, 0))
    tell(hider, *(bare(item) for item in items[1:-1]))
    tell(hider, NewBlock(header=items[-1].block.header.encode()))
    hider.wait(CONTENTS_RETRY_MS)
    assert {host.tip for host in hosts} == {stage.network.genesis.hash}
    tell(hider, whole(items[-1]))
    hider.wait(10_000)
    assert {host.tip for host in hosts} == {items[-1].block.hash}
    for host in hosts:
        assert contents(host) == [None, None]
        assert any("block 1 " in line and "they are withheld" in line for line in host.reports)
        told = len(host.reports)
        host.crash()
        host.boot()
        stage.world.run_until(stage.world.ticks_ms + 2_000)
        assert host.tip == items[-1].block.hash
        assert not any("contents" in line for line in host.reports[told:])


def test_a_new_node_takes_from_others_what_was_buried_without_contents() -> None:
    stage = Stage(forget_depth=DEPTH)
    (host,) = ring(stage, 1)
    friend = stage.friend(host)
    items = stage.builder.chain(stage.builder.genesis, [1] + [1] * DEPTH)
    tell(friend, *map(whole, items))
    host.ask(Forget(txids=(items[0].block.transactions[0].txid,)))
    late = stage.host(number=2, peers=(host.address,))
    stage.world.run_until(stage.world.ticks_ms + 10_000)
    assert late.tip == host.tip == items[-1].block.hash
    assert contents(late) == contents(host)
    assert contents(late)[0] is None


def test_a_new_node_that_meets_only_forgetting_ones_waits_below_what_they_forgot() -> None:
    stage = Stage()
    forgetful, mindful = ring(stage, 2)
    friend = stage.friend(forgetful)
    items = stage.builder.chain(stage.builder.genesis, [1, 1, 1])
    tell(friend, *map(whole, items))
    assert mindful.tip == items[-1].block.hash
    txid = items[1].block.transactions[0].txid
    forgetful.ask(Forget(txids=(txid,)))
    late = stage.host(number=3, peers=(forgetful.address,))
    stage.world.run_until(stage.world.ticks_ms + 3 * CONTENTS_RETRY_MS)
    assert late.tip == items[0].block.hash
    assert any("nobody has 1 of its contents" in line for line in late.reports)

    forgetful.crash()
    forgetful.boot()
    stage.world.run_until(stage.world.ticks_ms + 2 * CONTENTS_RETRY_MS)
    assert contents(forgetful)[1] is None
    assert late.tip == items[0].block.hash
    late_again = stage.host(number=4, peers=(late.address, mindful.address))
    stage.world.run_until(stage.world.ticks_ms + 2 * CONTENTS_RETRY_MS)
    assert late_again.tip == late.tip == items[-1].block.hash
    assert contents(late) == contents(mindful) == [each.block.transactions[0].content for each in items]


def test_a_tombstone_for_what_was_never_held_counts_as_the_content() -> None:
    stage = Stage()
    host = stage.host()
    friend = stage.friend(host)
    (item,) = stage.builder.chain(stage.builder.genesis, [1])
    tell(friend, bare(item))
    friend.say(Contents(contents=(None,)))
    friend.wait(WAIT_MS)
    host.ask(Forget(txids=(item.block.transactions[0].txid,)))
    friend.wait(WAIT_MS)
    assert host.tip == item.block.hash
    assert len(friend.told(GetContents)) == 1


def test_what_was_forgotten_is_not_kept_when_a_peer_sends_it_again() -> None:
    stage = Stage()
    host = stage.host()
    friend = stage.friend(host)
    (item,) = stage.builder.chain(stage.builder.genesis, [1])
    host.ask(Forget(txids=(item.block.transactions[0].txid,)))
    tell(friend, whole(item))
    assert host.tip == item.block.hash
    assert contents(host) == [None]


def test_what_is_forgotten_is_served_no_more_not_even_after_a_restart() -> None:
    stage = Stage()
    host = stage.host()
    friend = stage.friend(host)
    (item,) = stage.builder.chain(stage.builder.genesis, [2])
    first, second = item.block.transactions
    tell(friend, whole(item))
    question = GetContents(txids=(first.txid, second.txid, bytes(32)))
    friend.say(question)
    host.ask(Forget(txids=(first.txid,)))
    friend.wait(WAIT_MS)
    host.crash()
    host.boot()
    again = stage.friend(host)
    again.say(question)
    again.wait(WAIT_MS)
    assert [message.contents for message in again.told(Contents)] == [(None, second.content, None)]


def test_a_block_that_was_connected_is_not_judged_again_when_a_reorganisation_brings_it_back() -> None:
    stage = Stage(forget_depth=DEPTH)
    host = stage.host()
    friend = stage.friend(host)
    items = stage.builder.chain(stage.builder.genesis, [1] + [0] * DEPTH)
    tell(friend, bare(items[0]))
    pass_on(friend, StagedBlock(items[1].block, 0, 0))
    tell(friend, *map(whole, items[1:]))
    assert host.tip == items[-1].block.hash
    other = stage.builder.chain(stage.builder.genesis, [0] * (DEPTH + 2))
    tell(friend, *map(whole, other))
    assert host.tip == other[-1].block.hash
    asked = len(friend.told(GetContents))
    entry = host.node._parts.ledger.tree.get(items[-1].block.hash)
    assert entry is not None
    for _ in range(2):
        entry, block = stage.builder.block(entry)
        tell(friend, NewBlock(block=block.encode()))
    assert host.tip == entry.hash
    assert len(friend.told(GetContents)) == asked


def test_who_never_answers_does_not_keep_the_others_from_being_asked_again() -> None:
    stage = Stage()
    host = stage.host()
    silent, honest = stage.friend(host), stage.friend(host)
    items = stage.builder.chain(stage.builder.genesis, [1, 1, 1])
    tell(silent, *map(bare, items))
    held: dict[bytes, bytes | None] = {}
    told = 0
    for _ in range(2 * (CONTENTS_RETRY_MS + CONTENTS_TIMEOUT_MS) // WAIT_MS):
        for question in asked(honest)[told:]:
            honest.say(Contents(contents=tuple(map(held.get, question))))
        told = len(asked(honest))
        honest.wait(WAIT_MS)
        if len(asked(honest)) == len(items):
            held = {each.txid: each.content for item in items for each in item.block.transactions}
    assert len(asked(silent)) == 1
    assert host.tip == items[-1].block.hash


def test_who_drips_contents_does_not_keep_others_from_being_asked() -> None:
    stage = Stage()
    host = stage.host()
    drips, honest = stage.friend(host), stage.friend(host)
    (item,) = stage.builder.chain(stage.builder.genesis, [6])
    held = {each.txid: each.content for each in item.block.transactions}
    tell(drips, bare(item))
    drips.say(Contents(contents=(held[asked(drips)[0][0]],)))
    drips.wait(WAIT_MS)
    honest.say(Contents(contents=tuple(map(held.get, asked(honest)[0]))))
    honest.wait(WAIT_MS)
    assert len(asked(drips)) == 1
    assert host.tip == item.block.hash


def test_all_that_is_pending_here_is_found_here_however_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("p2pchain.node.content_search.TXIDS_MAX", 3)
    stage = Stage()
    host = stage.host()
    friend = stage.friend(host)
    (item,) = stage.builder.chain(stage.builder.genesis, [8])
    friend.say(NewTx(transactions=tuple(each.encode() for each in item.block.transactions), ack=False))
    friend.wait(WAIT_MS)
    tell(friend, bare(item))
    assert asked(friend) == []
    assert host.disk.blocks() == [item.block]


def test_who_goes_on_hiding_does_not_keep_the_others_from_mining() -> None:
    stage = Stage()
    host = stage.host(mining=MiningMode.AUTO)
    hider = stage.friend(host)
    hidden, *above = stage.builder.chain(stage.builder.genesis, [1] + [0] * 60)
    hider.say(NewTx(transactions=(stage.builder.record().encode(),), ack=False))
    tell(hider, bare(hidden))
    answered = 0
    for item in above:
        hider.say(NewBlock(header=item.block.header.encode()))
        hider.wait(1_000)
        for question in hider.told(GetBlocks)[answered:]:
            answered += 1
            hider.say(*(BlockMessage(block=item.block.encode()) for _ in question.hashes))
    assert answered == len(above)
    assert [block.header.previous_hash for block in host.disk.blocks()] == [stage.network.genesis.hash]
