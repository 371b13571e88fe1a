"""`p2pchain watch` goes on through a node's ends, and says what it waits for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from node_process import PATIENCE_S, NodeProcess, quick_network, wait_for
from p2pchain.cli.main import EXIT_REFUSED, EXIT_UNREACHABLE


def has_lines(file: Path, count: int) -> bool:
    return file.read_text().count("\n") == count


def test_it_goes_on_through_a_stop_and_a_kill(tmp_path: Path) -> None:
    rules = tmp_path / "network.toml"
    rules.write_text(quick_network(hashes_per_block=2_000).to_toml())
    printed, said = tmp_path / "printed", tmp_path / "said"
    with (
        NodeProcess(tmp_path / "node", "127.0.0.1", "--mine", "auto", "--network", str(rules)) as node,
        printed.open("wb") as out,
        said.open("wb") as errors,
    ):
        command = [sys.executable, "-m", "p2pchain", "watch", "--since", "0", "--count", "6", "--json"]
        environment = os.environ | {"P2PCHAIN_NODE": str(node.directory)}
        with subprocess.Popen(command, stdout=out, stderr=errors, env=environment) as watching:
            ends: tuple[Callable[[], object], ...] = (node.stop, node.kill)
            for number, end in enumerate(ends, start=1):
                assert node.command("send", f"record {number}").returncode == 0
                wait_for(partial(has_lines, printed, 2 * number))
                end()
                wait_for(partial(has_lines, said, number))
                node.start()
            assert node.command("send", "the last").returncode == 0
            assert watching.wait(PATIENCE_S) == 0
    events = [json.loads(line) for line in printed.read_text().splitlines()]
    assert [event["number"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event["kind"] for event in events] == ["accepted", "connected"] * 3
    assert all(line.startswith("waiting for the node") for line in said.read_text().splitlines())


def test_it_says_where_there_is_nothing_to_follow(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--mine", "off") as node:
        refused = node.command("watch", "--since", "1")
        assert (refused.returncode, refused.stdout) == (EXIT_REFUSED, "")
        assert "begin again from 0" in refused.stderr
        assert refused.stderr.count("\n") == 1
        node.kill()
        assert node.command("watch", "--since", "0").returncode == EXIT_UNREACHABLE
