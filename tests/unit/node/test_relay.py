"""Transactions are passed on: none lost, none twice, none overtaking."""

from p2pchain.chain.transaction import Transaction
from p2pchain.node.events import WritesPaused, WritesResumed
from p2pchain.node.limits import RELAY_COUNT_PER_MESSAGE
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.new_tx import NewTx


def pushed(stranger: Stranger) -> list[bytes]:
    return [encoded for message in stranger.told(NewTx) for encoded in message.transactions]


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
