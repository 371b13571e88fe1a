"""What a peer gets that does not speak the protocol: a word, and its connection closed. The node goes on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from node_process import NodeProcess, wait_for
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping

BAD = {
    "http": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "frame_too_long"),
    "an empty frame": (encode_frame(b""), "empty_frame"),
    "zeroes": (encode_frame(bytes(64)), "malformed_envelope"),
    "a long greeting": (encode_frame(b"\x92\xa5hello" + bytes(2_000)), "frame_too_long"),
    "a message before hello": (encode(GetStatus()), "out_of_order"),
    "hello without its fields": (encode_frame(b"\x92\xa5hello\x80"), "missing_field"),
    "not msgpack": (encode_frame(b"\x92\xa5hello\xc1"), "malformed_msgpack"),
    "no hello": (encode(Ping(nonce=1)), "out_of_order"),
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with NodeProcess(tmp_path_factory.mktemp("node"), "127.0.0.1", "--mine", "off") as process:
        yield process


def converse(node: NodeProcess, data: bytes) -> list[Message]:
    """Say something, and hear until the node hangs up."""
    wire = Connection(Role.PEER)
    heard: list[Message] = []
    with socket.create_connection((node.host, node.port), timeout=10) as peer:
        peer.sendall(data)
        try:
            while data := peer.recv(65536):
                heard.extend(incoming.message for incoming in wire.receive(data))
        except ConnectionResetError:
            pass
    return heard


@pytest.mark.parametrize("case", BAD)
def test_a_peer_that_does_not_speak_the_protocol_hears_why(node: NodeProcess, case: str) -> None:
    data, code = BAD[case]
    start = node.log.stat().st_size
    heard = converse(node, data)

    assert isinstance(heard[0], Hello)
    assert [message.code for message in heard if isinstance(message, Bye)] == [code]
    lines = wait_for(lambda: node.log.read_bytes()[start:].decode().splitlines())
    assert len(lines) == 1, lines
    assert code in lines[0]
    assert node.status().peers == 0


def test_two_hundred_bad_peers_cost_no_memory(node: NodeProcess) -> None:
    def resident_kib() -> int:
        status = Path(f"/proc/{node.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def misbehave() -> None:
        for data, _ in list(BAD.values()) * 25:
            converse(node, data)

    misbehave()
    before = resident_kib()
    misbehave()
    assert resident_kib() - before < 2_048
    assert node.status().height == 0
