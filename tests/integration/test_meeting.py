"""Real nodes that dial each other, or themselves: one connection a pair, and none to oneself."""

import json
from pathlib import Path

import pytest

from node_process import NodeProcess, wait_for


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
def test_a_node_that_is_given_its_own_address_finds_out_and_stops_dialling(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--log-level", "debug") as node:
        node.command("peers", "add", f"localhost:{node.port}")
        wait_for(lambda: b"self_connection" in node.log.read_bytes())
        wait_for(lambda: node.status().peers == 0 and rows(node) == [])
        told = node.log.read_bytes().count(b"self_connection")
        assert node.command("peers", "add", "127.0.0.9:1").returncode == 0
        wait_for(lambda: node.log.read_bytes().count(b"127.0.0.9:1: cannot be reached") >= 3)
        assert node.log.read_bytes().count(b"self_connection") == told
