"""What a peer gets that does not speak the protocol: a word, and its connection closed. The node goes on."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node_process import NodeProcess, wait_for
from p2pchain.chain.network import LOCAL
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.status import Status

HELLO = Hello(
    protocol=1,
    network=LOCAL.id,
    agent="test",
    node=bytes(16),
    listen=0,
    height=0,
    tip=LOCAL.genesis.hash,
    work=LOCAL.genesis.work.to_bytes(32, "big"),
    time=LOCAL.genesis_time,
)
BAD = {
    "another protocol": (encode(replace(HELLO, protocol=2)), "other_protocol"),
    "another network": (encode(replace(HELLO, network=bytes(32))), "other_network"),
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


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "frame_too_long"),
        (encode_frame(b"\x92\xa3ban\x80"), "missing_field"),
        (encode_frame(b"\x92\xa4fire\x80"), "unknown_message"),
    ],
)
def test_an_order_that_is_none_is_answered_with_its_reason(node: NodeProcess, data: bytes, code: str) -> None:
    heard = b""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(str(node.directory / "control.sock"))
        control.sendall(encode(GetStatus(), 1) + data)
        while received := control.recv(65536):
            heard += received
    messages = [incoming.message for incoming in Connection(Role.CONTROL).receive(heard)]
    assert [type(message) for message in messages] == [Status, Bye]
    assert isinstance(messages[-1], Bye)
    assert messages[-1].code == code


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
