"""Where other nodes are said to be."""

import random

from p2pchain.node.actions import SaveAddresses
from p2pchain.node.addresses import Addresses
from p2pchain.node.events import Address, Now
from p2pchain.node.limits import ADDRESSES_MAX, ADDRESSES_PER_MESSAGE
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers
from p2pchain.node.timers import Timers
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.peers import PeersMessage


def test_who_greets_is_asked_whom_it_knows_and_told_to_others(stage: Stage) -> None:
    host = stage.host()
    first, second = stage.friend(host), stage.friend(host)
    assert len(first.told(GetPeers)) == 1
    second.say(GetPeers())
    second.wait(200)
    assert [message.addresses for message in second.told(PeersMessage)] == [
        ((first.address.host, first.address.port),)
    ]


def test_a_client_is_told_but_not_told_of(stage: Stage) -> None:
    host = stage.host()
    client, other = stage.stranger(), stage.friend(host)
    client.dial(host)
    client.greet(client.hello(listen=0))
    for each in (client, other):
        each.say(GetPeers())
        each.wait(200)
    assert [len(message.addresses) for message in client.told(PeersMessage)] == [1]
    assert [len(message.addresses) for message in other.told(PeersMessage)] == [0]


def test_what_is_told_is_dialled_if_it_is_an_address(stage: Stage) -> None:
    host = stage.host(outbound_max=4)
    friend, told = stage.friend(host), stage.stranger("192.0.2.50")
    friend.say(PeersMessage(addresses=(("192.0.2.50", 4343), ("example.org", 1), ("192.0.2.51", 0))))
    friend.wait(500)
    told.greet()
    assert host.node.status(host.now()).peers == 2


def test_the_book_is_bounded_and_saved_when_it_grows(stage: Stage) -> None:
    outbox = Outbox()
    saved = [Address(f"10.0.{number >> 8}.{number & 255}", 1) for number in range(ADDRESSES_MAX)]
    book = Addresses(Peers(outbox), Named(()), outbox, Timers(), random.Random(1), saved)
    book._note([Address("192.0.2.1", 1)], Now(0, 0))
    assert len(book.known()) == ADDRESSES_MAX
    book.forget(book.known()[0])
    book.forget(Address("192.0.2.99", 1))
    book._note([Address("192.0.2.2", 1)], Now(0, 0))
    book.flush()
    (kept,) = outbox.drain()
    assert isinstance(kept, SaveAddresses)
    assert len(kept.addresses) == ADDRESSES_MAX
    assert book.known()[-1] == Address("192.0.2.2", 1)


def test_one_answer_tells_no_more_than_fits(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    for block in range(3):
        friend.say(PeersMessage(addresses=tuple((f"10.0.{block}.{number}", 1) for number in range(100))))
    friend.say(GetPeers())
    friend.wait(300)
    (answer,) = friend.told(PeersMessage)
    assert len(set(answer.addresses)) == ADDRESSES_PER_MESSAGE
