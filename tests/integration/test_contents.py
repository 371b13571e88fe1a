"""Contents that one node forgot and another still has, between real nodes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, wait_for

WORDS = "what should not stand here"
DEPTH = 3


@pytest.fixture
def rules(tmp_path: Path) -> list[str]:
    path = tmp_path / "network.toml"
    network = replace(quick_network(hashes_per_block=200), forget_depth=DEPTH)
    path.write_text(network.to_toml())
    return ["--network", str(path)]


def said(node: NodeProcess, *arguments: str) -> str:
    result = node.command(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_node_waits_for_contents_that_its_peer_forgot_until_another_has_them(
    tmp_path: Path, rules: list[str]
) -> None:
    with (
        NodeProcess(tmp_path / "one", "127.0.0.1", "--mine", "auto", *rules) as one,
        NodeProcess(tmp_path / "two", "127.0.0.2", "--mine", "off", "--peer", one.address, *rules) as two,
        NodeProcess(tmp_path / "late", "127.0.0.3", "--mine", "off", *rules) as late,
    ):
        sent = json.loads(said(one, "send", "--json", WORDS))
        said(one, "send", "kept")
        wait_for(lambda: not one.status().pending and two.status().tip == one.status().tip)
        assert said(one, "forget", sent["txid"]) == "forgotten: 1\n"
        assert said(one, "log") != said(two, "log")
        assert WORDS not in said(one, "log")
        assert WORDS.encode() not in (one.directory / "chain.db").read_bytes()

        said(late, "peers", "add", one.address)
        wait_for(lambda: b"nobody has 1 of its contents" in late.log.read_bytes())
        assert late.status().height < one.status().height
        said(late, "peers", "add", two.address)
        wait_for(lambda: late.status().tip == one.status().tip)
        assert said(late, "log") == said(two, "log")

        one.kill()
        one.start()
        assert WORDS not in said(one, "log")
        refused = one.command("forget", "abc")
        assert (refused.returncode, "64 hexadecimal digits" in refused.stderr) == (2, True)


def test_a_new_node_that_knows_only_one_which_forgot_takes_in_what_work_has_buried(
    tmp_path: Path, rules: list[str]
) -> None:
    with NodeProcess(tmp_path / "one", "127.0.0.1", "--mine", "auto", *rules) as one:
        sent = json.loads(said(one, "send", "--json", WORDS))
        wait_for(lambda: not one.status().pending)
        assert said(one, "forget", sent["txid"]) == "forgotten: 1\n"
        one.kill()
        one.start()
        with NodeProcess(
            tmp_path / "late", "127.0.0.2", "--mine", "off", "--peer", one.address, *rules
        ) as late:
            wait_for(lambda: b"nobody has 1 of its contents" in late.log.read_bytes())
            for number in range(DEPTH):
                assert late.status().height == 0
                said(one, "send", f"record {number}")
                wait_for(lambda: not one.status().pending)
            wait_for(lambda: late.status().tip == one.status().tip)
            assert b"they are withheld" in late.log.read_bytes()
            late.kill()
            late.start()
            assert said(late, "log") == said(one, "log") == "\nrecord 0\nrecord 1\nrecord 2\n"
            for node, why in ((one, "forgotten"), (late, "withheld")):
                assert node.command("log").stderr == f"1 record without content: 1 {why}\n"
                assert f"\t{why}\n" in said(node, "block", "1")
                assert f"payload  {why}: " in said(node, "tx", sent["txid"])
                counted = said(node, "check", "--data", str(node.directory))
                assert counted == f"sound: 4 blocks, 4 transactions, 1 content {why}\n"
            said(late, "forget", sent["txid"])
            assert "\tforgotten\n" in said(late, "block", "1")
