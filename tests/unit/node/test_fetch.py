"""What others name and is not here is asked for: of one at a time, of another where that one does not send it."""

import pytest

from p2pchain.node.limits import TX_TIMEOUT_MS, TX_WAIT_MS
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx

FETCH = "p2pchain.node.fetch."


def asked(stranger: Stranger) -> list[tuple[bytes, ...]]:
    return [message.txids for message in stranger.told(GetTx)]


def pending(host: Host) -> int:
    return host.node.status(host.now()).pending


def name(stranger: Stranger, *txids: bytes) -> None:
    stranger.say(HaveTx(txids=txids))
    stranger.wait(60)


def test_what_is_named_is_asked_for_after_a_moment_in_order(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    records = [stage.builder.record() for _ in range(3)]
    friend.say(HaveTx(txids=tuple(record.txid for record in records)))
    friend.wait(TX_WAIT_MS // 2)
    assert asked(friend) == []
    friend.wait(TX_WAIT_MS)
    assert asked(friend) == [tuple(record.txid for record in records)]
    friend.say(NewTx(transactions=tuple(record.encode() for record in records), ack=False))
    friend.wait(TX_TIMEOUT_MS * 2)
    assert pending(host) == 3
    assert len(asked(friend)) == 1


def test_what_is_pushed_meanwhile_is_not_asked_for_nor_what_is_here(stage: Stage) -> None:
    host = stage.host()
    names, pushes = stage.friend(host), stage.friend(host)
    record = stage.builder.record()
    name(names, record.txid)
    pushes.say(NewTx(transactions=(record.encode(),), ack=False))
    pushes.wait(TX_WAIT_MS * 2)
    name(names, record.txid)
    names.wait(TX_WAIT_MS * 2)
    assert asked(names) == []


def test_who_names_and_does_not_send_costs_time_and_others_are_asked(stage: Stage) -> None:
    host = stage.host()
    liars = [stage.friend(host) for _ in range(2)]
    honest = stage.friend(host)
    record = stage.builder.record()
    for stranger in (*liars, honest):
        name(stranger, record.txid)
    honest.wait(TX_WAIT_MS + TX_TIMEOUT_MS * 2 + 300)
    assert [len(asked(stranger)) for stranger in (*liars, honest)] == [1, 1, 1]
    honest.say(NewTx(transactions=(record.encode(),), ack=False))
    honest.wait(300)
    assert pending(host) == 1
    assert not any(liar.closed for liar in liars)


def test_what_nobody_sends_is_forgotten_until_it_is_named_again(stage: Stage) -> None:
    host = stage.host()
    liar = stage.friend(host)
    name(liar, bytes(32))
    liar.wait(TX_WAIT_MS + TX_TIMEOUT_MS + 300)
    assert host.node._parts.fetch._named == {}
    name(liar, bytes(32))
    liar.wait(TX_WAIT_MS + 300)
    assert len(asked(liar)) == 2


def test_who_leaves_is_replaced_at_once(stage: Stage) -> None:
    host = stage.host()
    leaving, other, last = (stage.friend(host) for _ in range(3))
    one, two = bytes([1]) * 32, bytes([2]) * 32
    name(leaving, one)
    name(other, one, two)
    name(last, one)
    other.wait(TX_WAIT_MS)
    assert asked(leaving) == [(one,)]
    name(leaving, two)
    stage.links.crash(leaving)
    other.wait(300)
    assert asked(other) == [(two,), (one,)]
    stage.links.crash(last)
    other.wait(TX_TIMEOUT_MS)
    assert host.node._parts.fetch._named == {}


def test_what_went_into_a_block_or_was_forgotten_is_not_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pchain.node.confirmed.CONFIRMED_REMEMBERED", 2)
    host = stage.host()
    friend = stage.friend(host)
    first, second, gone = (stage.builder.record() for _ in range(3))
    friend.say(NewTx(transactions=(first.encode(), second.encode()), ack=False))
    friend.wait(300)
    host.ask(Forget(txids=(gone.txid,)))
    _, block = stage.builder.block(stage.builder.genesis, [first, second])
    friend.say(NewBlock(block=block.encode()))
    friend.wait(300)
    assert len(host.node._parts.fetch._confirmed) == 1
    name(friend, second.txid, gone.txid)
    friend.wait(TX_WAIT_MS * 2)
    assert asked(friend) == []


def test_what_goes_into_a_block_before_its_turn_is_not_asked_for(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    record = stage.builder.record()
    name(friend, record.txid)
    fetch = host.node._parts.fetch
    assert (len(fetch._named), fetch.confirmed_count) == (1, 0)
    fetch.confirmed([record.txid])
    friend.wait(TX_WAIT_MS * 2)
    assert (fetch._named, fetch.confirmed_count) == ({}, 1)
    assert asked(friend) == []


def test_a_client_that_is_no_node_names_in_vain(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    name(client, bytes(32))
    client.wait(TX_WAIT_MS * 2)
    assert asked(client) == []
    client.say(NewTx(transactions=(stage.builder.record().encode(),), ack=False))
    client.wait(300)
    assert pending(host) == 1


def test_while_the_disk_is_full_nothing_is_asked_for(stage: Stage) -> None:
    host = stage.host()
    friend, other = stage.friend(host), stage.friend(host)
    host.disk_full = True
    other.say(NewTx(transactions=(stage.builder.record().encode(),), ack=False))
    other.wait(300)
    record = stage.builder.record()
    name(friend, record.txid)
    friend.wait(1_000)
    assert asked(friend) == []
    assert record.txid in host.node._parts.fetch._named


def test_while_the_disk_is_full_one_name_waits_for_one_turn_however_often_it_is_named_and_sent(
    stage: Stage,
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.disk_full = True
    record = stage.builder.record()
    pushed = NewTx(transactions=(record.encode(),), ack=False)
    for _ in range(2):
        friend.say(*[HaveTx(txids=(record.txid,)), pushed] * 20, HaveTx(txids=(record.txid,)))
        friend.wait(TX_WAIT_MS * 3)
    fetch = host.node._parts.fetch
    assert not friend.closed
    assert (len(fetch._named), len(fetch._waiting)) == (1, 1)


def test_who_names_too_much_is_not_listened_to_and_takes_no_room_from_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FETCH + "NAMED_PER_PEER", 2)
    host = stage.host()
    liar, friend = stage.friend(host), stage.friend(host)
    txids = [bytes([number]) * 32 for number in range(5)]
    name(liar, *txids, *txids)
    name(friend, *txids[3:])
    friend.wait(TX_WAIT_MS + 100)
    assert (asked(liar), asked(friend)) == ([tuple(txids[:2])], [tuple(txids[3:])])
    liar.wait(TX_TIMEOUT_MS)
    name(liar, txids[2])
    liar.wait(TX_WAIT_MS)
    assert asked(liar)[1:] == [(txids[2],)]


def test_who_was_dialled_is_asked_first(stage: Stage) -> None:
    dialled = stage.stranger()
    host = stage.host(peers=(dialled.address,))
    dialled.wait(2_000)
    dialled.greet()
    comer = stage.friend(host)
    name(comer, bytes(32))
    name(dialled, bytes(32))
    comer.wait(TX_WAIT_MS)
    assert (len(asked(dialled)), len(asked(comer))) == (1, 0)


def test_one_peer_is_asked_for_so_many_at_a_time_and_the_rest_of_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FETCH + "TXS_IN_FLIGHT_PER_PEER", 2)
    host = stage.host()
    first, second = stage.friend(host), stage.friend(host)
    records = [stage.builder.record() for _ in range(5)]
    txids = tuple(record.txid for record in records)
    name(first, *txids)
    name(second, *txids)
    second.wait(TX_WAIT_MS + 100)
    assert (asked(first), asked(second)) == ([txids[:2]], [txids[2:4]])
    fetch, peers = host.node._parts.fetch, host.node._parts.peers.nodes()
    assert [fetch.in_flight_of(peer.connection) for peer in peers] == [2, 2]
    assert [fetch.names_of(peer.connection) for peer in peers] == [3, 3]
    first.say(NewTx(transactions=tuple(record.encode() for record in records[:2]), ack=False))
    first.wait(TX_WAIT_MS + 100)
    assert asked(first)[1:] == [txids[4:]]
