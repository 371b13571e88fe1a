"""The node as a whole: events in, actions out, and an orderly end."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.node.actions import Search, Send
from p2pchain.node.config import MiningMode
from p2pchain.node.events import (
    BytesReceived,
    Now,
    PendingExpired,
    StoreFailed,
    StoreRecovered,
    TimePassed,
    WritesPaused,
    WritesResumed,
)
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.sim.checkers import check_chain, check_events
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.disk import Disk
from p2pchain.sim.host import CONTROL
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.status import Status


def test_it_tells_when_it_wants_to_look_again(stage: Stage) -> None:
    host = stage.host()
    assert host.node.wakes_at() is None
    stage.friend(host)
    wakes_at = host.node.wakes_at()
    assert wakes_at is not None
    assert wakes_at > stage.world.ticks_ms


def test_bytes_of_a_connection_that_is_gone_are_passed_over(stage: Stage) -> None:
    host = stage.host()
    host.post(BytesReceived(12345, b"late"))
    host.post(WritesPaused(12345))
    host.post(WritesResumed(12345))
    host.post(TimePassed())
    assert host.reports == []


def test_what_comes_after_a_fault_in_the_same_bytes_is_not_heard(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(GotTx(txids=(), codes=()), GetBlocks(hashes=(bytes(32),)))
    friend.wait(300)
    assert friend.farewell() == "unasked"


def test_it_says_goodbye_to_all_and_begins_nothing_more(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    friend = stage.friend(host)
    host.node.say_goodbye()
    host.post(TimePassed())
    friend.wait(300)
    assert friend.farewell() == "stopping"
    assert friend.closed
    host.node.handle(TimePassed(), host.now())
    assert not any(isinstance(action, Search) for action in host.node.drain())


def test_a_full_disk_is_told_as_an_error_and_peers_are_served(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.disk_full = True
    host.submit(stage.builder.record())
    friend.wait(2 * STORE_PROBE_MS)
    friend.say(GetStatus(), GetChain(locator=(), what="headers", limit=10))
    friend.wait(200)
    assert [line for line in host.reports if line.startswith("error")] == [
        "error: accepting and mining nothing for now: the disk is full"
    ]
    assert [status.store for status in friend.told(Status)] == ["store_full"]
    assert friend.told(Chain)
    host.disk_full = False
    friend.wait(2 * STORE_PROBE_MS)
    assert host.node.status(host.now()).store == "ok"
    assert not friend.closed


def test_a_damaged_file_ends_the_node(stage: Stage) -> None:
    host = stage.host()
    host.post(StoreFailed("store_damaged", "two tips", transient=False, jobs=()))
    stage.world.run_for(1)
    assert "error: stopping: two tips" in host.reports
    assert not host.running


def test_no_part_looks_again_after_a_sign_of_life_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    looks: list[Now] = []
    monkeypatch.setattr(host.node, "_settle", looks.append)
    friend.say(Ping(nonce=7))
    friend.wait(200)
    assert friend.told(Pong)[-1] == Pong(nonce=7)
    assert looks == []
    friend.say(Ping(nonce=8), GetPeers())
    friend.wait(200)
    assert len(looks) == 1


def test_a_record_has_only_the_parts_look_that_deal_with_records(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    looks: list[Now] = []
    monkeypatch.setattr(host.node, "_settle", looks.append)
    record = stage.builder.record()
    friend.say(NewTx(transactions=(record.encode(),), ack=True))
    friend.wait(200)
    assert friend.told(GotTx)[-1].codes == ("accepted",)
    assert looks == []


def test_a_second_hello_is_out_of_order(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(friend.hello())
    friend.wait(200)
    assert friend.farewell() == "out_of_order"
    assert len(friend.told(Hello)) == 1
    assert len(friend.told(Bye)) == 1


def test_an_order_that_it_does_not_know_is_told_to_who_waits_for_its_answer(stage: Stage) -> None:
    host = stage.host()
    host.node.handle(BytesReceived(CONTROL, encode_frame(b"\x92\xa4fire\x80")), host.now())
    (sent,) = (action for action in host.node.drain() if isinstance(action, Send))
    (incoming,) = Connection(Role.CONTROL).receive(sent.data)
    assert isinstance(incoming.message, Bye)
    assert incoming.message.code == "unknown_message"


def test_a_peer_may_say_what_this_version_does_not_know(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say_bytes(encode_frame(b"\x92\xa4fire\x80"))
    friend.wait(200)
    assert friend.farewell() == ""


def test_what_each_part_did_reaches_the_others() -> None:
    cluster = Cluster(1, 2)
    record = cluster.submit(0, "before")
    assert cluster.run_until_agreed()
    cluster.cut_between([0], [1])
    for number in range(2):
        cluster.submit(number, f"apart {number}")
    cluster.run_until_agreed(20_000)
    cluster.links.heal()
    assert cluster.run_until_agreed()
    late = cluster.hosts[1]
    late.crash()
    late.disk = Disk(cluster.network)
    late.boot()
    assert cluster.run_until_agreed()
    cluster.hosts[0].ask(Forget(txids=(record.txid,)))
    assert cluster.run_until_agreed()
    assert cluster.hosts[0].disk.load_contents((record.txid,), 1) == (None,)
    for host in cluster.hosts:
        check_chain(cluster, host)
        check_events(host)


def test_a_connection_that_is_slow_is_noted_and_served_again(stage: Stage) -> None:
    host = stage.host()
    stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    host.post(WritesPaused(peer.connection))
    assert not peer.writable
    host.post(WritesResumed(peer.connection))
    assert peer.writable


def test_a_block_whose_record_is_in_the_chain_already_costs_its_sender_the_connection(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    first, block = stage.builder.block(stage.builder.genesis, [record])
    _, again = stage.builder.block(first, [record])
    friend = stage.friend(host)
    for each in (block, block, again):
        friend.say(NewBlock(block=each.encode()))
        friend.wait(1_000)
    assert host.tip == first.hash
    assert friend.farewell() == "duplicate_transaction"


def test_what_follows_a_goodbye_is_not_answered(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(Bye(code="stopping", reason=""), GetStatus())
    friend.wait(200)
    assert friend.told(Status) == []


def test_contents_are_read_for_who_asks_and_the_hash_rate_is_told(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    host.submit(record)
    host.node.note_hash_rate(123)
    friend = stage.friend(host)
    friend.say(GetContents(txids=(record.txid,)))
    friend.wait(200)
    assert [message.contents for message in friend.told(Contents)] == [(record.content,)]
    assert host.node.status(host.now()).hash_rate == 123
    assert ("pending transactions", 1) in {(use.name, use.used) for use in host.node.uses()}
    host.post(PendingExpired(1, (record.txid,), 99))
    assert host.node.status(host.now()).pending == 0


def test_a_client_that_is_no_node_is_not_synced_with(stage: Stage) -> None:
    client = stage.stranger()
    client.dial(stage.host())
    client.greet(client.hello(listen=0, height=9, tip=bytes(32), work=(2**200).to_bytes(32, "big")))
    assert len(client.told(Hello)) == 1
    assert client.told(GetChain) == []


def test_a_body_that_is_no_good_is_asked_for_elsewhere(stage: Stage) -> None:
    host = stage.host()
    _, block = stage.builder.block(stage.builder.genesis, [stage.builder.record()])
    other, liar = stage.friend(host), stage.friend(host)
    liar.say(NewBlock(block=Block(block.header, block.coinbase, ()).encode()))
    other.say(NewBlock(header=block.header.encode()))
    other.wait(300)
    assert liar.farewell() == "wrong_merkle_root"
    assert [message.hashes for message in other.told(GetBlocks)] == [(block.hash,)]


def test_each_question_to_the_disk_has_the_answer_that_was_meant_for_it(stage: Stage) -> None:
    """A block for who lacks parts of it, one for who asked for it, contents for this node and for another."""
    host = stage.host()
    record, other = stage.builder.record(), stage.builder.record()
    first, low = stage.builder.block(stage.builder.genesis, [record])
    _, high = stage.builder.block(first, [other])
    friend = stage.friend(host)
    for block in (low, high.with_contents({0: None})):
        friend.say(NewBlock(block=block.encode()))
        friend.wait(300)
    assert friend.told(GetContents)
    friend.say(GetBlockTxs(hash=low.hash, indexes=(0,)), GetBlocks(hashes=(low.hash,)))
    friend.say(GetContents(txids=(record.txid,)), Contents(contents=(other.content,)))
    friend.wait(300)
    assert [message.transactions for message in friend.told(BlockTxs)] == [(record.encode(),)]
    assert [message.block for message in friend.told(BlockMessage)] == [low.encode()]
    assert [message.contents for message in friend.told(Contents)] == [(record.content,)]
    assert host.tip == high.hash


def test_word_that_the_disk_has_room_is_passed_over_where_nobody_asked(stage: Stage) -> None:
    host = stage.host()
    host.disk_full = True
    host.submit(stage.builder.record())
    assert stage.world.run_until_true(lambda: host.node.status(host.now()).store == "store_full", 1_000, 1)
    host.post(StoreRecovered(123_456))
    assert host.node.status(host.now()).store == "store_full"


def test_a_block_that_cannot_be_held_is_struck_out_also_where_its_sender_has_left(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    first, block = stage.builder.block(stage.builder.genesis, [record])
    _, again = stage.builder.block(first, [record])
    friend = stage.friend(host)
    friend.say(NewBlock(block=block.encode()))
    friend.wait(1_000)
    friend.say(NewBlock(block=again.encode()))
    while host.node._parts.connecting._commit is None:
        friend.wait(1)
    (peer,) = host.node._parts.peers.nodes()
    host.node._parts.peers.remove(peer.connection)
    friend.wait(1_000)
    assert friend.told(Bye) == []
    assert host.tip == first.hash
    assert host.node.status(host.now()).best_header == 1
