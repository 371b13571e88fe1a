"""A program at the control socket keeps what it is told, over the starts of its host."""

import msgpack

from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.local_client import FOLLOW, LocalClient
from p2pchain.sim.shape import simulated_network
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.subscribe import Subscribe

ONE, TWO = b"1" * 32, b"2" * 32


def got(client: LocalClient, *pairs: tuple[bytes, str]) -> None:
    txids, codes = zip(*pairs, strict=True)
    client.hear(encode(GotTx(txids=txids, codes=codes), 1))


def tell(client: LocalClient, number: int, kind: str, question: int = FOLLOW, **data: object) -> None:
    client.hear(encode(EventMessage(number=number, kind=kind, data=msgpack.packb(data)), question))


def read(data: bytes) -> list[Message]:
    return [incoming.message for incoming in Connection(Role.CONTROL).receive(data)]


def test_what_the_host_says_it_has_is_acknowledged_and_the_rest_refused() -> None:
    client = LocalClient()
    got(client, (ONE, "accepted"), (TWO, "mempool_full"))
    assert list(client.acknowledged) == [ONE]
    assert client.refused == {TWO: "mempool_full"}
    got(client, (ONE, "mempool_full"), (TWO, "known"))
    assert list(client.acknowledged) == [ONE, TWO]
    assert client.refused == {}


def test_records_are_handed_in_with_a_wish_for_an_answer() -> None:
    client = LocalClient()
    builder = ChainBuilder(simulated_network(), 1)
    records = [builder.record(), builder.record()]
    said = read(client.submit(records))
    assert said == [NewTx(transactions=tuple(each.encode() for each in records), ack=True)]
    assert client.submitted == records
    assert client.acknowledged == {}


def test_what_a_start_cut_off_was_not_answered() -> None:
    client = LocalClient()
    builder = ChainBuilder(simulated_network(), 1)
    first, second, third, fourth = (builder.record() for _ in range(4))
    client.submit([first, second, third])
    got(client, (first.txid, "accepted"), (second.txid, "mempool_full"))
    client.connect()
    client.submit([fourth])
    assert client.cut_off == {third.txid}


def test_events_are_folded_to_a_chain() -> None:
    client = LocalClient()
    tell(client, 1, "connected", hash=ONE)
    tell(client, 2, "connected", hash=TWO)
    tell(client, 3, "undone", hash=TWO)
    tell(client, 4, "evicted", txid=TWO, reason="expired")
    tell(client, 5, "accepted", txids=[ONE])
    tell(client, 9, "connected", question=FOLLOW + 1, hash=TWO)
    assert (client.chain, client.gaps, client.last_event) == ([ONE], [], 5)
    assert client.evicted == {TWO: "expired"}


def test_a_gap_and_a_wrong_undoing_are_noted() -> None:
    client = LocalClient()
    tell(client, 1, "connected", hash=ONE)
    tell(client, 3, "undone", hash=TWO)
    tell(client, 3, "undone", hash=TWO)
    assert client.gaps == [
        "event 3 after event 1",
        "event 3 undoes a block that is not the tip",
        "event 3 after event 3",
        "event 3 undoes a block that is not the tip",
    ]


def test_it_goes_on_where_it_stood_when_its_host_starts_again() -> None:
    client = LocalClient()
    assert client.connect() == b""
    client.follows = True
    assert read(client.connect()) == [Subscribe(since=0)]
    tell(client, 1, "connected", hash=ONE)
    client.hear(encode(Ping(nonce=1))[:3])
    assert read(client.connect()) == [Subscribe(since=1)]
    tell(client, 2, "connected", hash=TWO)
    assert (client.chain, client.gaps) == ([ONE, TWO], [])
