"""Four real nodes in a ring: a text comes out of each in order, and what was cut in two heals."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, wait_for

HEAD = ["", "  A text of a hundred and twenty lines, blank ones and all.", ""]
TEXT = "\n".join(HEAD + [f"line {number % 7}\t" * (number % 3) for number in range(117)])
NODES = 4


class Ring:
    """Nodes 1 to 4, each dialling the next."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        rules = directory / "network.toml"
        rules.write_text(quick_network(hashes_per_block=40_000).to_toml())
        self.nodes: list[NodeProcess] = []
        for number in range(1, NODES + 1):
            dials = ["--peer", self.nodes[-1].address] if self.nodes else []
            node = NodeProcess(directory / str(number), f"127.0.0.{number}", "--network", str(rules), *dials)
            self.nodes.append(stack.enter_context(node))
        assert self.nodes[0].command("peers", "add", self.nodes[-1].address).returncode == 0
        wait_for(lambda: all(node.status().peers == 2 for node in self.nodes))

    def log(self, node: NodeProcess) -> str:
        return node.command("log").stdout

    def cut(self, verb: str) -> None:
        """Ban, or unban, nodes 1 and 2 and nodes 3 and 4 each other."""
        one_side, other_side = self.nodes[:2], self.nodes[2:]
        for near, far in ((one_side, other_side), (other_side, one_side)):
            for node in near:
                for other in far:
                    assert node.command("peers", verb, other.host).returncode == 0

    def tips(self) -> set[bytes]:
        return {node.status().tip for node in self.nodes}

    def settled(self) -> bool:
        return len(self.tips()) == 1 and not any(node.status().pending for node in self.nodes)


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Ring]:
    with ExitStack() as stack:
        yield Ring(stack, tmp_path)


@pytest.mark.slow
def test_a_text_comes_out_of_every_node_in_order(ring: Ring) -> None:
    sent = ring.nodes[0].command("send", "--lines", text=TEXT + "\n")
    assert sent.returncode == 0, sent.stderr
    assert len(sent.stdout.split()) == 120

    for node in ring.nodes:
        wait_for(lambda node=node: ring.log(node) == TEXT + "\n")  # type: ignore[misc]  # mypy cannot type a default


@pytest.mark.slow
def test_what_was_cut_in_two_heals(ring: Ring) -> None:
    ring.cut("ban")
    for number in range(3):
        for node in ring.nodes:
            assert node.command("send", f"{number} at {node.host}").returncode == 0
        wait_for(lambda: not any(node.status().pending for node in ring.nodes))
    assert ring.nodes[0].status().tip == ring.nodes[1].status().tip
    assert ring.nodes[2].status().tip == ring.nodes[3].status().tip
    assert len(ring.tips()) == 2
    ring.cut("unban")

    wait_for(ring.settled)
    expected = sorted(f"{number} at {node.host}" for number in range(3) for node in ring.nodes)
    for node in ring.nodes:
        assert sorted(ring.log(node).splitlines()) == expected
