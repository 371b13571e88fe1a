"""Real nodes that meet: one connection a pair, none to oneself, a clock that is off, and a full house."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from node_process import NodeProcess, wait_for
from p2pchain.chain.network import LOCAL
from p2pchain.node.limits import INBOUND_MAX
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.hello import Hello


def rows(node: NodeProcess) -> list[dict[str, object]]:
    listed = [json.loads(line) for line in node.command("peers", "--json").stdout.splitlines()]
    return [row for row in listed if "address" in row]


@pytest.mark.slow
def test_two_nodes_that_dial_each_other_have_one_connection(tmp_path: Path) -> None:
    with NodeProcess(tmp_path / "1", "127.0.0.1") as ann, NodeProcess(tmp_path / "2", "127.0.0.2") as bob:
        for _ in range(3):
            for node in (ann, bob):
                node.kill()
            ann.start("--peer", bob.address)
            bob.start("--peer", ann.address)
            wait_for(lambda: ann.status().peers == bob.status().peers == 1)
            pairs = wait_for(lambda: [rows(ann), rows(bob)] if len(rows(ann)) == len(rows(bob)) == 1 else [])
            assert {str(row["direction"]) for (row,) in pairs} == {"inbound", "outbound"}


@pytest.mark.slow
def test_a_node_that_is_given_its_own_address_finds_out(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--log-level", "debug") as node:
        node.command("peers", "add", f"localhost:{node.port}")
        wait_for(lambda: node.log.read_bytes().count(b"self_connection") >= 2)
        wait_for(lambda: node.status().peers == 0 and rows(node) == [])


def hello_from(host: str, node: NodeProcess, ahead_ms: int) -> tuple[socket.socket, Connection]:
    """Connect as a node of another loopback address, with a clock of its own, and greet."""
    peer = socket.create_connection((node.host, node.port), timeout=10, source_address=(host, 0))
    genesis = LOCAL.genesis
    hello = Hello(
        protocol=1,
        network=LOCAL.id,
        agent="test",
        node=host.encode().ljust(16),
        listen=1,
        height=0,
        tip=genesis.hash,
        work=genesis.work.to_bytes(32, "big"),
        time=node.status().time + ahead_ms,
    )
    peer.sendall(encode(hello))
    return peer, Connection(Role.PEER)


@pytest.mark.slow
def test_a_clock_that_differs_from_all_others_is_said_and_not_followed(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1") as node, ExitStack() as stack:
        for number in range(3):
            peer, _ = hello_from(f"127.0.9.{number + 1}", node, 100_000)
            stack.enter_context(peer)
        wait_for(lambda: node.status().peers == 3)
        status = node.status()
        assert 95_000 < status.peers_time - status.time <= 100_000
        assert "s behind the median of the peers'" in node.command("status").stdout
        assert b"s behind the median of" in node.log.read_bytes()


@pytest.mark.slow
def test_a_newcomer_gets_the_place_of_another_when_all_are_taken(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1") as node, ExitStack() as stack:
        peers = [hello_from(f"127.0.8.{number + 1}", node, 0) for number in range(INBOUND_MAX)]
        for peer, _ in peers:
            stack.enter_context(peer)
        wait_for(lambda: node.status().peers == INBOUND_MAX)
        late, _ = hello_from("127.0.7.1", node, 0)
        stack.enter_context(late)
        wait_for(lambda: "127.0.7.1" in str(rows(node)))
        assert node.status().peers == INBOUND_MAX
        hosts = {str(row["address"]).split(":")[0] for row in rows(node)}
        ((gone, wire),) = [each for each in peers if each[0].getsockname()[0] not in hosts]
        heard = b""
        while received := gone.recv(65536):
            heard += received
        assert [
            incoming.message.code for incoming in wire.receive(heard) if isinstance(incoming.message, Bye)
        ] == ["too_many"]
