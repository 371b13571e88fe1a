"""Connections and what is known of who is at the other end."""

from p2pchain.node.actions import Close, Report, Send
from p2pchain.node.events import Address, Direction, WritesPaused
from p2pchain.node.limits import KNOWN_TXS_PER_PEER, LACKS_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.message import encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping


def make(number: int, direction: Direction = Direction.INBOUND, listen: int | None = None) -> Peer:
    peer = Peer(number, Address("192.0.2.1", 50_000), direction, Connection(Role.PEER), 0)
    if listen is not None:
        peer.state = State.READY
        peer.hello = Hello(
            protocol=1,
            network=bytes(32),
            agent="x",
            node=bytes(16),
            listen=listen,
            height=0,
            tip=bytes(32),
            work=bytes(32),
            time=0,
        )
    return peer


def test_a_node_is_who_listens_or_was_dialled_by_hand() -> None:
    assert make(1, listen=4343).is_node
    assert not make(1, listen=0).is_node
    assert not make(1).is_node
    by_hand = make(1, listen=0)
    by_hand.by_hand = True
    assert by_hand.is_node


def test_where_it_can_be_dialled_is_its_host_and_the_port_it_says() -> None:
    assert make(1, listen=4343).listening == Address("192.0.2.1", 4343)
    assert make(1, listen=0).listening is None
    assert make(1).listening is None


def test_its_name_in_log_lines() -> None:
    assert make(1).name == "192.0.2.1:50000"
    assert make(1, Direction.CONTROL).name == "control"


def test_they_are_counted_found_and_forgotten() -> None:
    peers = Peers(Outbox())
    node, client = make(1, listen=4343), make(2, Direction.OUTBOUND, listen=0)
    peers.add(node)
    peers.add(client)
    assert (len(peers), peers.nodes(), peers.all()) == (2, [node], [node, client])
    assert (peers.get(2), peers.get(3)) == (client, None)
    assert peers.count(Direction.OUTBOUND) == 1
    client.state = State.CLOSING
    assert peers.count(Direction.OUTBOUND) == 0
    assert (peers.remove(1), peers.remove(1)) == (node, None)


def test_who_becomes_a_node_is_one_of_them_once_that_is_said() -> None:
    peers = Peers(Outbox())
    first, second = make(1, listen=4343), make(2)
    peers.add(first)
    peers.add(second)
    assert peers.nodes() == peers.nodes() == [first]
    second.state = State.READY
    second.by_hand = True
    second.hello = first.hello
    peers.changed()
    assert peers.nodes() == peers.nodes() == [first, second]
    peers.remove(1)
    assert peers.nodes() == [second]


def test_goodbye_is_said_once_with_a_reason_and_one_line() -> None:
    outbox = Outbox()
    peers = Peers(outbox)
    peer = make(1, listen=4343)
    peers.dismiss(peer, "denied", "by the operator")
    peers.dismiss(peer, "other", "again")
    peers.send(peer, Ping(nonce=1))
    assert outbox == [
        Send(1, encode(Bye(code="denied", reason="by the operator"))),
        Close(1, "by the operator"),
        Report("info", "192.0.2.1:50000: closing (denied): by the operator"),
    ]
    assert peer.is_closing()
    assert peer.bytes_out == len(encode(Bye(code="denied", reason="by the operator")))


def test_the_operator_hears_why_too() -> None:
    outbox = Outbox()
    Peers(outbox).dismiss(make(1, Direction.CONTROL), "malformed", "nonsense")
    assert [type(action) for action in outbox] == [Send, Close, Report]


def test_what_it_has_is_remembered_once_the_newest_of_too_much() -> None:
    peer = make(1)
    txids = [number.to_bytes(32, "big") for number in range(KNOWN_TXS_PER_PEER + 1)]
    for txid in txids:
        peer.note_tx(txid)
    assert len(peer.known_txs) == KNOWN_TXS_PER_PEER
    assert not peer.forget_tx(txids[0])
    assert peer.forget_tx(txids[1])
    assert not peer.forget_tx(txids[1])


def test_of_too_many_bodies_that_it_did_not_send_only_the_latest_are_remembered() -> None:
    peer = make(1)
    hashes = {number.to_bytes(32, "big") for number in range(LACKS_MAX)}
    peer.note_lacks(hashes)
    assert peer.lacks == hashes
    peer.note_lacks({b"one more"})
    assert peer.lacks == {b"one more"}


def test_of_one_that_is_gone_nothing_large_is_kept_for_whom_a_timer_holds() -> None:
    peers, peer = Peers(Outbox()), make(1, listen=4343)
    peers.add(peer)
    list(peer.wire.receive((100).to_bytes(4, "big") + b"\x92\xa5hello" + bytes(50)))
    peer.note_tx(bytes(32))
    peer.note_lacks({bytes(32)})
    peer.txs_wanted.append(bytes(32))
    peer.serving.append((bytes(32), None))
    peer.questions.append(lambda: True)
    assert peer.wire._decoder.buffered > 50
    assert peers.remove(1) is peer
    assert (peer.wire._decoder.buffered, len(peer.known_txs), len(peer.lacks)) == (0, 0, 0)
    assert [*peer.txs_wanted, *peer.serving, *peer.questions] == []
    assert peers.remove(1) is None


def test_of_a_connection_whose_queue_is_long_it_is_noted() -> None:
    peers, node = Peers(Outbox()), make(1, listen=4343)
    peers.add(node)
    peers.paused(WritesPaused(2))
    assert node.writable
    peers.paused(WritesPaused(1))
    assert not node.writable
