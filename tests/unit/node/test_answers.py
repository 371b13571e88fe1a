"""Questions about the node itself."""

from p2pchain.chain.transaction import Transaction
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.messages.status import Status


def test_anyone_may_ask_how_it_is(stage: Stage) -> None:
    host = stage.host()
    client = stage.stranger()
    client.dial(host)
    client.greet(client.hello(listen=0))
    host.submit(stage.builder.record())
    host.node.note_hash_rate(123)
    client.wait(200)
    client.say(GetStatus())
    client.wait(200)
    (status,) = client.told(Status)
    assert (status.height, status.tip, status.pending, status.hash_rate) == (0, host.tip, 1, 123)
    assert (status.network, status.name) == (stage.network.id, "simulated")
    assert (status.listen, status.peers, status.mining) == (str(host.address), 0, "off")
    assert (status.last_event, status.store) == (1, "ok")
    assert status.time > status.started
    assert status.peers_time == status.time


def test_what_is_pending_comes_in_order_and_in_pieces(stage: Stage) -> None:
    host = stage.host()
    records = [stage.builder.record() for _ in range(5)]
    for record in records:
        host.submit(record)
    friend = stage.friend(host)
    friend.wait(500)
    friend.say(GetPending(limit=3), GetPending(after=records[2].txid, limit=3), GetPending(limit=0))
    friend.wait(200)
    answers = friend.told(PendingMessage)
    told = [
        [Transaction.decode(each, stage.network.id) for each in answer.transactions] for answer in answers
    ]
    assert told == [records[:3], records[3:], records[:1]]
    assert {answer.total for answer in answers} == {5}
