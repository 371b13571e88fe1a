"""Somebody on the network that is no node: greets as an honest node does, and keeps its connections apart."""

from p2pchain.node.events import Address, BytesReceived, ConnectionOpened
from p2pchain.sim.speaker import Speaker
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.ping import Ping


class Listener(Speaker):
    """Keeps what it hears, by connection."""

    def __init__(self, stage: Stage, host: str) -> None:
        super().__init__(stage.world, stage.links, stage.network, Address(host, 7))
        self.heard: list[tuple[int, Message]] = []

    def _hear(self, connection: int, message: Message) -> None:
        self.heard.append((connection, message))


def test_what_is_told_on_a_connection_is_heard_at_its_other_end_alone(stage: Stage) -> None:
    middle, left, right = (Listener(stage, f"192.0.2.{number}") for number in range(3))
    for each in (left, right):
        stage.links.dial(each, middle.address)
        stage.world.run_for(100)
        each.tell(each.connections[0], each.hello())
    first, second = middle.connections
    middle.tell(first, middle.hello())
    middle.tell(first, Ping(nonce=1), Ping(nonce=2))
    right.tell(right.connections[0], Ping(nonce=3))
    stage.world.run_for(200)
    assert [message for _, message in left.heard][1:] == [Ping(nonce=1), Ping(nonce=2)]
    assert right.heard == []
    assert middle.heard[2:] == [(second, Ping(nonce=3))]

    stage.links.close(left, left.connections[0], "done")
    stage.world.run_for(2_000)
    assert left.connections == []
    assert middle.connections == [second]
    middle.post(BytesReceived(first, encode(Ping(nonce=4))))
    assert len(middle.heard) == 3


def test_frames_that_come_in_pieces_are_put_together(stage: Stage) -> None:
    listener = Listener(stage, "192.0.2.1")
    origin = ConnectionOpened(5, Address("192.0.2.9", 1), direction=None)  # type: ignore[arg-type]  # of no matter here
    listener.post(origin)
    data = encode(listener.hello()) + encode(Ping(nonce=9))
    for place in range(len(data)):
        listener.post(BytesReceived(5, data[place : place + 1]))
    assert listener.heard == [(5, listener.hello()), (5, Ping(nonce=9))]


def test_its_hello_is_one_that_a_node_takes_but_for_what_is_changed(stage: Stage) -> None:
    host = stage.host()
    honest, wrong = stage.stranger(), stage.stranger()
    for stranger, hello in ((honest, honest.hello()), (wrong, wrong.hello(network=bytes(32)))):
        stranger.dial(host)
        stranger.greet(hello)
        stranger.wait(2_000)
    assert (honest.closed, honest.farewell()) == (False, "")
    assert (wrong.closed, wrong.farewell()) == (True, "other_network")
