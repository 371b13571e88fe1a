"""The command line, looking at a chain: a record with its proof, a block by any of its names, and a new network."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, run_command
from p2pchain.chain.network import Network
from p2pchain.cli.main import EXIT_REFUSED, EXIT_USAGE


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    directory = tmp_path_factory.mktemp("node")
    rules = directory / "network.toml"
    rules.write_text(quick_network(hashes_per_block=2_000).to_toml())
    with NodeProcess(directory / "data", "127.0.0.1", "--mine", "off", "--network", str(rules)) as process:
        yield process


def said(node: NodeProcess, *arguments: str) -> str:
    result = node.command(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_record_is_shown_where_it_stands_with_its_proof(node: NodeProcess) -> None:
    sent = json.loads(said(node, "send", "--kind", "test.tx", "--json", "two\nlines"))
    waiting = json.loads(said(node, "tx", sent["txid"], "--json"))
    assert (waiting["state"], waiting["text"], waiting["author"]) == ("pending", "two\nlines", sent["author"])
    assert said(node, "tx", sent["txid"]).startswith("state    pending")
    mined = json.loads(said(node, "mine", "--json"))
    said(node, "send", "--kind", "test.tx", "another")
    tip = json.loads(said(node, "mine", "--json"))
    found = json.loads(said(node, "tx", sent["txid"], "--json"))
    assert (found["state"], found["height"], found["block"]) == ("chain", mined["height"], mined["hash"])
    assert (found["position"], found["depth"], found["head"]) == (1, 1, tip["hash"])
    assert found["work"] == quick_network(2_000).genesis.work
    assert found["here"]
    assert not found["idle_adds_work"]
    people = said(node, "tx", sent["txid"])
    for words in (
        f"record 1\nblock    {mined['hash']}",
        f"proven   up to block {tip['height']}",
        "two lines",
    ):
        assert words in people
    assert "1 block, 2,000 hashes of work" in people
    assert "history rests on who is let in" in people
    said(node, "forget", sent["txid"])
    assert "payload  forgotten: " in said(node, "tx", sent["txid"])
    assert json.loads(said(node, "tx", sent["txid"], "--json"))["here"] is False
    unknown = node.command("tx", "00" * 32)
    assert (unknown.returncode, unknown.stderr) == (
        EXIT_REFUSED,
        "p2pchain: not found: no record of this id is in the chain, or pending\n",
    )


def test_a_block_is_shown_by_height_by_hash_and_as_the_tip(node: NodeProcess) -> None:
    sent = json.loads(said(node, "send", "--kind", "test.block", "--json", "in a block"))
    mined = json.loads(said(node, "mine", "--json"))
    by_tip = said(node, "block", "tip")
    assert said(node, "block", str(mined["height"])) == said(node, "block", mined["hash"]) == by_tip
    assert "in the chain, 0 blocks on top\n" in by_tip
    assert f"{sent['txid']}\ttest.block\t{sent['author'][:8]}\t" in by_tip
    shown = json.loads(said(node, "block", "tip", "--json"))
    assert (shown["hash"], shown["height"], shown["depth"]) == (mined["hash"], mined["height"], 0)
    assert [record["txid"] for record in shown["records"]] == [sent["txid"]]
    assert shown == json.loads(said(node, "block", mined["hash"], "--json"))
    below = json.loads(said(node, "block", shown["previous_hash"], "--json"))
    assert (below["height"], below["depth"]) == (mined["height"] - 1, 1)
    genesis = json.loads(said(node, "block", "0", "--json"))
    assert genesis == json.loads(said(node, "block", genesis["hash"], "--json"))
    assert genesis["merkle_root"] == json.loads(said(node, "network", "show", "--json"))["id"]
    assert "it is where the network begins" in said(node, "block", "0")
    for which in (str(mined["height"] + 1), "00" * 32):
        refused = node.command("block", which)
        assert (refused.returncode, refused.stderr.count("\n")) == (EXIT_REFUSED, 1)
        assert "not found" in refused.stderr


def test_a_new_network_is_made_and_joined(tmp_path: Path) -> None:
    made = run_command("network", "new", "yard", "--miners", "3", "--spacing", "1m", "--json", cwd=tmp_path)
    told = json.loads(made.stdout)
    assert (told["file"], told["rate"]) == ("yard.toml", 3 * told["measured"])
    network = Network.parse((tmp_path / "yard.toml").read_text())
    assert told["network"] == {"id": network.id.hex(), **network.values()}
    assert 0.99 < network.genesis.work / (60 * told["rate"]) < 1.01
    again = run_command("network", "new", "yard", cwd=tmp_path)
    assert (again.returncode, again.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert Network.parse((tmp_path / "yard.toml").read_text()) == network
    people = run_command(
        "network", "new", "asert", "--rate", "500", "--retarget", "asert", cwd=tmp_path
    ).stdout
    assert "p2pchain run --network asert.toml --mine always\n" in people
    rules = ["--network", str(tmp_path / "asert.toml")]
    with NodeProcess(tmp_path / "node", "127.0.0.1", "--mine", "off", *rules) as node:
        assert node.status().network.hex() in people
