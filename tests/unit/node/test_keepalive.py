"""Signs of life are asked for, and their absence noticed."""

import pytest

from p2pchain.node import keepalive as module
from p2pchain.node.events import Now
from p2pchain.node.limits import PING_INTERVAL_MS, PINGS_TOGETHER_MS, PONG_INTAKE_BYTES, SILENCE_MAX_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


def test_a_ping_is_answered_with_its_nonce(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(Ping(nonce=77))
    friend.wait(200)

    assert [pong.nonce for pong in friend.told(Pong)] == [77]


def test_who_answers_pings_stays_and_its_distance_is_known(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    for _ in range(6):
        friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
        friend.wait(PING_INTERVAL_MS + PINGS_TOGETHER_MS)

    assert len(friend.told(Ping)) == 7
    assert not friend.closed
    (peer,) = host.node._parts.peers.nodes()
    assert peer.round_trip_ms in range(1, 400)


def test_one_wake_serves_the_pings_that_are_due_about_the_same_time(stage: Stage) -> None:
    host = stage.host()
    friends = [stage.friend(host) for _ in range(3)]
    for friend in friends:
        friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    stage.world.run_until(PING_INTERVAL_MS + PINGS_TOGETHER_MS + 10)
    peers = host.node._parts.peers.nodes()
    assert len({peer.opened_ms for peer in peers}) == 3
    assert len({peer.ping_sent_ms for peer in peers}) == 1


def test_who_is_silent_for_long_is_gone(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.wait(SILENCE_MAX_MS + PING_INTERVAL_MS)

    assert friend.farewell() == "silent"
    assert friend.closed


def test_who_is_not_listened_to_for_long_is_not_silent(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    peer.reading = False
    friend.wait(SILENCE_MAX_MS + PING_INTERVAL_MS)
    assert not friend.closed
    peer.reading = True
    friend.wait(SILENCE_MAX_MS - PING_INTERVAL_MS)
    assert not friend.closed
    friend.wait(2 * PING_INTERVAL_MS)
    assert friend.farewell() == "silent"


def test_a_pong_that_nobody_asked_for_ends_the_connection(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce ^ 1))
    friend.wait(200)

    assert friend.farewell() == "wrong_pong"


def test_nobody_is_pinged_who_was_dismissed(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    friend.wait(200)
    host.node._parts.peers.dismiss(peer, "too_many", "no room")
    sent = peer.bytes_out
    friend.wait(SILENCE_MAX_MS + PING_INTERVAL_MS)

    assert peer.bytes_out == sent
    assert peer.ping_nonce is None
    assert host.node.wakes_at() is None


def test_nobody_is_pinged_who_has_left(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    stage.links.crash(friend)
    friend.wait(SILENCE_MAX_MS + 2 * PING_INTERVAL_MS)

    assert len(friend.told(Ping)) == 1
    assert not [line for line in host.reports if "silent" in line]


def test_a_client_that_is_no_node_holds_its_place_no_longer_than_it_lives(stage: Stage) -> None:
    client = stage.stranger()
    client.dial(stage.host())
    client.greet(client.hello(listen=0))
    client.wait(SILENCE_MAX_MS + PING_INTERVAL_MS)

    assert client.farewell() == "silent"


def test_behind_pushes_goes_a_ping_and_no_more_of_them_until_its_pong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [stage.builder.record() for _ in range(40)]
    size = len(encode(NewTx(transactions=(records[0].encode(),), ack=False)))
    monkeypatch.setattr(module, "PUSHED_PER_PING", 3 * size)
    monkeypatch.setattr(module, "PUSHES_OPEN_MAX", 5 * size)
    host = stage.host()
    friend = stage.friend(host)
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    friend.wait(500)
    (peer,) = host.node._parts.peers.nodes()
    round_trip_ms = peer.round_trip_ms
    for record in records:
        host.submit(record)
        friend.wait(100)

    assert len(friend.told(NewTx)) == 5
    assert len(friend.told(Ping)) == 2
    friend.wait(1_000)
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    friend.wait(500)
    assert peer.round_trip_ms == round_trip_ms
    for _ in records:
        if len(friend.told(Ping)) >= 3:
            break
        friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
        friend.wait(500)
    assert [encoded for message in friend.told(NewTx) for encoded in message.transactions] == [
        record.encode() for record in records
    ]


def test_a_pong_that_nothing_waits_for_has_no_part_look_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = stage.host()
    friend = stage.friend(host)
    looks: list[Now] = []
    monkeypatch.setattr(host.node, "_settle_records", looks.append)
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    friend.wait(500)
    (peer,) = host.node._parts.peers.nodes()
    assert peer.round_trip_ms is not None
    assert looks == []


def test_a_few_pushes_need_no_ping(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    for _ in range(20):
        host.submit(stage.builder.record())
        friend.wait(100)

    assert len(friend.told(NewTx)) == 20
    assert len(friend.told(Ping)) == 1


def test_the_time_to_a_peer_is_measured_though_little_is_pushed_to_it_all_the_time(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.wait(5_000)
    friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    friend.wait(500)
    (peer,) = host.node._parts.peers.nodes()
    assert peer.round_trip_ms is not None
    assert peer.round_trip_ms > 4_000
    for _ in range(40):
        host.submit(stage.builder.record())
        friend.wait(1_000)
        if len(friend.told(Ping)) == 2 and peer.ping_nonce is not None:
            friend.say(Pong(nonce=friend.told(Ping)[-1].nonce))
    assert peer.round_trip_ms < 4_000


def test_a_pong_waits_no_longer_than_until_the_next_look(stage: Stage) -> None:
    """Two nodes whose disks both stand still would take each other for dead."""
    host = stage.host()
    friend = stage.friend(host)
    friend.wait(500)
    (peer,) = host.node._parts.peers.nodes()
    host.node._parts.backpressure.weigh(peer, PONG_INTAKE_BYTES + 1)
    friend.say(Ping(nonce=77))
    friend.wait(1_000)
    assert friend.told(Pong) == []
    friend.wait(PING_INTERVAL_MS + PINGS_TOGETHER_MS)
    assert friend.told(Pong) == [Pong(nonce=77)]
