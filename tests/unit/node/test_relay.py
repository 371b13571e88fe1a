"""Transactions are passed on: none lost, none twice, none overtaking."""

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import WritesPaused, WritesResumed
from p2pchain.node.limits import (
    CROSSED_MAX,
    PUSHED_ALL_MAX,
    PUSHED_MAX,
    RELAY_BYTES_PER_MESSAGE,
    RELAY_COUNT_PER_MESSAGE,
    TXS_ASKED_MAX,
)
from p2pchain.node.peers import Peer
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_tx import NewTx


def pushed(stranger: Stranger) -> list[bytes]:
    return [encoded for message in stranger.told(NewTx) for encoded in message.transactions]


def named(stranger: Stranger) -> list[bytes]:
    return [txid for message in stranger.told(HaveTx) for txid in message.txids]


def crowd(stage: Stage, host: Host) -> list[Stranger]:
    """Two more peers than are pushed to."""
    return [stage.friend(host) for _ in range(PUSHED_MAX + 2)]


def submit(host: Host, records: list[Transaction]) -> None:
    for record in records:
        host.submit(record)


def test_what_one_sends_the_others_get_in_order_and_it_itself_does_not(stage: Stage) -> None:
    host = stage.host()
    sender, other = stage.friend(host), stage.friend(host)
    records = [stage.builder.record() for _ in range(20)]
    for record in records:
        sender.say(NewTx(transactions=(record.encode(),), ack=False))
    sender.wait(500)

    assert pushed(other) == [record.encode() for record in records]
    assert pushed(sender) == []


def test_who_comes_later_gets_what_is_pending(stage: Stage) -> None:
    host = stage.host()
    records = [stage.builder.record() for _ in range(RELAY_COUNT_PER_MESSAGE + 30)]
    submit(host, records)
    stage.world.run_until(20_000)
    late = stage.friend(host)
    late.wait(1_000)

    assert pushed(late) == [record.encode() for record in records]
    assert len(late.told(NewTx)) == 2


def test_who_does_not_read_gets_it_when_it_does(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    connection = next(peer.connection for peer in host.node._parts.peers.nodes())
    host.post(WritesPaused(connection))
    records = [stage.builder.record() for _ in range(5)]
    submit(host, records)
    friend.wait(500)
    assert pushed(friend) == []
    host.post(WritesResumed(connection))
    friend.wait(500)

    assert pushed(friend) == [record.encode() for record in records]


def test_a_client_that_is_no_node_gets_nothing(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    submit(host, [stage.builder.record()])
    client.wait(500)

    assert pushed(client) == []


def test_of_many_a_few_are_pushed_to_and_the_others_told_the_names_in_order(stage: Stage) -> None:
    host = stage.host()
    friends = crowd(stage, host)
    records = [stage.builder.record() for _ in range(20)]
    submit(host, records)
    friends[0].wait(500)

    for friend in friends[:PUSHED_MAX]:
        assert pushed(friend) == [record.encode() for record in records]
        assert named(friend) == []
    for friend in friends[PUSHED_MAX:]:
        assert pushed(friend) == []
        assert named(friend) == [record.txid for record in records]
        assert len(friend.told(HaveTx)) < 5


def test_of_few_all_are_pushed_to_whatever_they_tell(stage: Stage) -> None:
    host = stage.host()
    friends = [stage.friend(host) for _ in range(PUSHED_ALL_MAX)]
    for _ in range(CROSSED_MAX + 1):
        record = stage.builder.record()
        submit(host, [record])
        friends[0].wait(300)
        friends[0].say(HaveTx(txids=(record.txid,)))
        friends[0].wait(100)
    assert len(pushed(friends[0])) == CROSSED_MAX + 1


def test_who_asks_is_answered_and_pushed_to_while_there_is_a_place(stage: Stage) -> None:
    host = stage.host()
    friends = crowd(stage, host)
    records = [stage.builder.record() for _ in range(3)]
    submit(host, records)
    friends[0].wait(500)
    asks, late = friends[-1], friends[-2]
    asks.say(GetTx(txids=(records[2].txid, bytes(32), records[0].txid)))
    asks.wait(300)
    assert pushed(asks) == [records[2].encode(), records[0].encode()]
    submit(host, [stage.builder.record()])
    asks.wait(300)
    assert len(named(asks)) == 4

    for record in records * CROSSED_MAX:
        friends[0].say(HaveTx(txids=(record.txid,)))
    asks.wait(300)
    late.say(GetTx(txids=(records[0].txid,)))
    asks.wait(300)
    late.say(GetTx(txids=(records[0].txid,)))
    submit(host, [stage.builder.record()])
    asks.wait(300)
    assert len(pushed(late)) == 3
    assert len(named(friends[0])) == 1


def test_what_a_peer_has_by_its_own_word_it_is_not_told(stage: Stage) -> None:
    host = stage.host()
    friends = crowd(stage, host)
    one, two, three = (stage.builder.record() for _ in range(3))
    friends[-1].say(HaveTx(txids=(one.txid,)))
    friends[0].say(HaveTx(txids=(two.txid,)))
    friends[-2].say(NewTx(transactions=(three.encode(),), ack=False))
    friends[0].wait(50)
    submit(host, [one, two])
    friends[0].wait(500)
    assert set(pushed(friends[0])) == {one.encode(), three.encode()}
    assert set(named(friends[-1])) == {two.txid, three.txid}
    assert set(named(friends[-2])) == {one.txid, two.txid}
    assert [peer.known_txs for peer in host.node._parts.peers.nodes()] == [{}] * len(friends)


def test_a_client_that_is_no_node_may_ask_and_is_not_pushed_to(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    record = stage.builder.record()
    submit(host, [record])
    client.wait(300)
    client.say(GetTx(txids=(record.txid,)))
    client.wait(300)
    submit(host, [stage.builder.record()])
    client.wait(300)
    assert pushed(client) == [record.encode()]


def test_who_asks_for_much_gets_it_in_pieces_and_for_too_much_has_to_go(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    records = [stage.builder.record(bytes(8_000)) for _ in range(RELAY_BYTES_PER_MESSAGE // 8_000 + 10)]
    submit(host, records)
    client.wait(2_000)
    client.say(GetTx(txids=tuple(record.txid for record in records)))
    client.wait(500)
    assert pushed(client) == [record.encode() for record in records]
    assert len(client.told(NewTx)) == 2
    client.say(*[GetTx(txids=(bytes(32),) * 900)] * (TXS_ASKED_MAX // 900))
    client.wait(300)
    assert not client.closed
    connection = next(each.connection for each in host.node._parts.peers.all() if not each.is_control)
    host.post(WritesPaused(connection))
    client.say(*[GetTx(txids=(bytes(32),) * 900)] * (TXS_ASKED_MAX // 900 + 1))
    client.wait(300)
    assert client.farewell() == "too_much_asked"


def test_many_names_go_out_in_frames(stage: Stage) -> None:
    host = stage.host()
    friends = crowd(stage, host)
    connection = host.node._parts.peers.nodes()[-1].connection
    host.post(WritesPaused(connection))
    records = [stage.builder.record() for _ in range(RELAY_COUNT_PER_MESSAGE + 5)]
    submit(host, records)
    friends[-1].wait(10_000)
    assert named(friends[-1]) == []
    host.post(WritesResumed(connection))
    friends[-1].wait(1_000)
    assert named(friends[-1]) == [record.txid for record in records]
    assert [len(message.txids) for message in friends[-1].told(HaveTx)] == [RELAY_COUNT_PER_MESSAGE, 5]


def test_where_all_was_told_nobody_is_looked_at_until_there_is_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    submit(host, [stage.builder.record()])
    friend.wait(500)
    peers, relay = host.node._parts.peers, host.node._parts.relay
    relay.settle(host.now())
    looks: list[int] = []
    whole = peers.all

    def counted() -> list[Peer]:
        looks.append(len(peers))
        return whole()

    monkeypatch.setattr(peers, "all", counted)
    relay.settle(host.now())
    assert looks == []
    late = stage.friend(host)
    late.wait(500)
    assert len(pushed(late)) == 1
    friend.say(GetTx(txids=(bytes(32),)))
    friend.wait(500)
    looks.clear()
    record = stage.builder.record()
    submit(host, [record])
    late.wait(500)
    assert looks != []
    assert [pushed(each)[-1] for each in (friend, late)] == [record.encode()] * 2
