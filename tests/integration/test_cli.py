"""The command line against a real node: what it prints, for people and for programs, and how it refuses."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, run_command, wait_for
from p2pchain.cli.main import COMMANDS, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    directory = tmp_path_factory.mktemp("node")
    rules = directory / "network.toml"
    rules.write_text(quick_network(hashes_per_block=2_000).to_toml())
    with NodeProcess(directory / "data", "127.0.0.1", "--mine", "off", "--network", str(rules)) as process:
        yield process


def said(node: NodeProcess, *arguments: str, text: str | None = None) -> str:
    result = node.command(*arguments, text=text)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_record_from_the_key_to_the_chain(node: NodeProcess) -> None:
    key = json.loads(said(node, "key", "new", "ann", "--json"))
    assert said(node, "key", "show", "ann") == key["public"] + "\n"
    sent = json.loads(said(node, "send", "--key", "ann", "--kind", "test.note", "--json", "one\tword"))
    assert next(iter(sent)) == "txid"
    assert sent["author"] == key["public"]
    assert json.loads(said(node, "pending", "--json"))["txid"] == sent["txid"]
    assert sent["txid"][:16] in said(node, "pending")
    mined = json.loads(said(node, "mine", "--json"))
    assert json.loads(said(node, "status", "--json"))["tip"] == mined["hash"]
    logged = json.loads(said(node, "log", "--json", "--kind", "test.note"))
    assert (logged["txid"], logged["text"], logged["height"]) == (sent["txid"], "one\tword", mined["height"])
    assert said(node, "log", "--kind", "test.note") == "one\tword\n"
    assert said(node, "log", "--kind", "test.other") == ""
    assert json.loads(said(node, "chain", "--json", "--limit", "1"))["hash"] == mined["hash"]
    assert mined["hash"] in said(node, "chain")


def test_lines_are_records_blank_ones_too(node: NodeProcess) -> None:
    text = "\n  two \n\nlast without an end"
    txids = said(node, "send", "--lines", "--kind", "test.lines", text=text).split()
    assert len(set(txids)) == 4
    assert said(node, "mine")
    assert said(node, "log", "--kind", "test.lines") == text + "\n"
    assert said(node, "send", "--lines", text="") == ""


def test_check_reads_it_all_again_beside_the_running_node(node: NodeProcess, tmp_path: Path) -> None:
    status = node.status()
    checked = json.loads(said(node, "check", "--data", str(node.directory), "--json"))
    assert checked["height"] == status.height
    assert said(node, "check", "--data", str(node.directory)).startswith("sound: ")
    assert json.loads(said(node, "check", "--json")) == checked
    refused = node.command("check", "--data", str(tmp_path))
    assert (refused.returncode, refused.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert "--data" in refused.stderr


def test_what_happened_is_told_in_order_and_from_any_number_on(node: NodeProcess) -> None:
    said(node, "send", "something that happens")
    said(node, "mine")
    last = node.status().last_event
    assert last > 1
    events = [
        json.loads(line)
        for line in said(node, "watch", "--since", "0", "--count", str(last), "--json").split("\n")[:-1]
    ]
    assert [event["number"] for event in events] == list(range(1, last + 1))
    connected = [event for event in events if event["kind"] == "connected"]
    assert [event["height"] for event in connected] == list(range(1, node.status().height + 1))
    assert connected[-1]["hash"] == node.status().tip.hex()
    (line,) = said(node, "watch", "--since", str(last - 1), "--count", "1").splitlines()
    assert events[-1]["kind"] in line


def test_keys_are_listed(node: NodeProcess) -> None:
    public = said(node, "key", "new", "zoe").strip()
    assert f"zoe\t{public}" in said(node, "key", "list").splitlines()
    assert {"name": "zoe", "public": public} in [
        json.loads(line) for line in said(node, "key", "list", "--json").splitlines()
    ]


def test_nothing_pending_is_said_and_is_no_success(node: NodeProcess) -> None:
    refused = node.command("mine")
    assert (refused.returncode, refused.stdout) == (EXIT_REFUSED, "")
    assert refused.stderr == "p2pchain: there is nothing to mine: nothing is pending\n"


def test_status_network_and_peers(node: NodeProcess) -> None:
    status = json.loads(said(node, "status", "--json"))
    assert {"listen", "height", "tip", "peers", "pending"} <= status.keys()
    assert status["listen"] == node.address
    people = said(node, "status")
    assert f"listen   {node.address}\n" in people
    rules = json.loads(said(node, "network", "show", "--json"))
    assert rules["id"] == status["network"]
    shown = said(node, "network", "show")
    assert shown == f"# id {rules['id']}\n{quick_network(2_000).to_toml()}"
    kept = str(node.directory / "network.toml")
    assert run_command("--node", "/nowhere", "network", "show", kept).stdout == shown
    assert json.loads(run_command("network", "show", kept, "--json").stdout) == rules
    assert said(node, "peers") == said(node, "peers", "--json") == ""


def test_peers_are_added_and_cut_off(node: NodeProcess, tmp_path: Path) -> None:
    rules = node.directory.parent / "network.toml"
    with NodeProcess(tmp_path, "127.0.0.2", "--mine", "off", "--network", str(rules)) as other:
        assert json.loads(said(node, "peers", "add", other.address, "--json")) == {"done": "add_peer"}
        wait_for(lambda: node.status().peers == 1)
        row = json.loads(said(node, "peers", "--json"))
        assert (row["address"], row["direction"]) == (other.address, "outbound")
        assert said(node, "peers").startswith(other.address + "\t")
        said(node, "peers", "ban", other.host, "--for", "1h")
        wait_for(lambda: node.status().peers == 0)
        waiting, banned = (json.loads(line) for line in said(node, "peers", "list", "--json").splitlines())
        assert waiting["waiting"] == other.address
        assert "the operator of this node banned this address" in waiting["why"]
        assert f"{other.address}\twaiting, dialled again and again: " in said(node, "peers", "list")
        assert (banned["banned"], banned["code"]) == (other.host, "operator")
        assert 3_500_000 < banned["until"] - node.status().time <= 3_600_000
        assert f"{other.host}\tuntil 20" in said(node, "peers", "list")
        said(node, "peers", "unban", other.host)
        wait_for(lambda: node.status().peers == 1)
        said(node, "peers", "remove", other.address)
        wait_for(lambda: node.status().peers == 0)
        assert said(node, "peers") == ""
    for arguments in (["unban", other.host], ["remove", "127.0.0.9:1"]):
        refused = node.command("peers", *arguments)
        assert (refused.returncode, refused.stderr.count("\n")) == (EXIT_REFUSED, 1)


def test_what_the_operator_said_of_peers_outlives_a_killed_node(tmp_path: Path) -> None:
    with NodeProcess(tmp_path / "1", "127.0.0.1") as node, NodeProcess(tmp_path / "2", "127.0.0.2") as other:
        said(node, "peers", "add", other.address)
        said(node, "peers", "ban", "192.0.2.1")
        wait_for(lambda: node.status().peers == 1 and (tmp_path / "1" / "bans.json").exists())
        node.kill()
        node.start()
        wait_for(lambda: node.status().peers == 1)
        assert [json.loads(line).get("banned") for line in said(node, "peers", "--json").splitlines()] == [
            None,
            "192.0.2.1",
        ]
        said(node, "peers", "remove", other.address)
        assert node.stop()[0] == 0
        node.start()
        assert said(node, "peers", "--json").count("address") == 0


def test_a_terminal_gets_a_table_and_clean_text(node: NodeProcess) -> None:
    said(node, "send", "--kind", "test.evil", "\x1b[2Jgone")
    said(node, "mine")
    shown = on_a_terminal(node, "log", "--kind", "test.evil")
    assert "\x1b" not in shown
    assert "\ufffd[2Jgone" in shown
    assert "height" in on_a_terminal(node, "chain")


def on_a_terminal(node: NodeProcess, *arguments: str) -> str:
    """What a command prints when its output is a terminal."""
    near, far = pty.openpty()
    command = [sys.executable, "-m", "p2pchain", "--node", str(node.directory), *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    subprocess.run(command, stdout=far, stdin=far, env=environment, timeout=60, check=True)
    os.close(far)
    shown = b""
    try:
        while data := os.read(near, 65536):
            shown += data
    except OSError:
        pass
    os.close(near)
    return shown.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["send"], EXIT_USAGE, "--lines"),
        (["send", "x", "--lines"], EXIT_USAGE, "--lines"),
        (["send", "x", "--kind", "Not This"], EXIT_USAGE, "--kind"),
        (["send", "x", "--key", "nobody"], EXIT_USAGE, "p2pchain key new nobody"),
        (["send", "x" * 70_000], EXIT_REFUSED, "at most 65,536 bytes"),
        (["send", os.fsdecode(b"\xff")], EXIT_USAGE, "TEXT in UTF-8"),
        (["peers", "add", os.fsdecode(b"\xff:1")], EXIT_USAGE, "UTF-8"),
        (["peers", "add", "nowhere"], EXIT_USAGE, "HOST:PORT"),
        (["peers", "ban", "127.0.0.2:4343"], EXIT_USAGE, "without a port"),
        (["peers", "unban", "nowhere"], EXIT_USAGE, "192.0.2.1"),
        (["key", "show", "nobody"], EXIT_USAGE, "p2pchain key new nobody"),
        (["nonsense"], EXIT_USAGE, "nonsense"),
        (["staus"], EXIT_USAGE, "Did you mean 'status'"),
        (["peers", "ban", "192.0.2.1", "--for", "soon"], EXIT_USAGE, "1h"),
        (["peers", "ban", "192.0.2.1", "--for", "367d"], EXIT_USAGE, "366d"),
        (["status", "--nonsense"], EXIT_USAGE, "--nonsense"),
        (["watch", "--since", "9" * 23], EXIT_USAGE, "--since"),
        (["peers", "add", "192.0.2.1:" + "9" * 5_000], EXIT_USAGE, "HOST:PORT"),
        (["chain", "--limit", "many"], EXIT_USAGE, "See `p2pchain chain --help`."),
        (["peers", "nonsense"], EXIT_USAGE, "See `p2pchain peers --help`."),
        (["chain", "--limit", "0"], EXIT_USAGE, "--limit"),
        (["tx", "abc"], EXIT_USAGE, "64 hexadecimal digits"),
        (["tx", " ".join(["00"] * 32)], EXIT_USAGE, "64 hexadecimal digits"),
        (["block", "top"], EXIT_USAGE, "a height, `tip`, or a hash"),
        (["block", "1" * 11], EXIT_USAGE, "a height, `tip`, or a hash"),
        (["network", "new", "../yard"], EXIT_USAGE, "without slashes"),
        (["network", "new", "yard", "--spacing", "10"], EXIT_USAGE, "from 1s to 366d"),
        (["network", "show", "/nowhere.toml"], EXIT_USAGE, "p2pchain network new"),
    ],
)
def test_what_is_wrong_is_one_line(node: NodeProcess, arguments: list[str], code: int, word: str) -> None:
    refused = node.command(*arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert refused.stderr.splitlines()[-1].startswith("p2pchain: ")
    assert word in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr


def test_no_node_is_said_with_what_to_do(tmp_path: Path) -> None:
    refused = run_command("--node", str(tmp_path), "status")
    assert refused.returncode == EXIT_UNREACHABLE
    assert refused.stderr.count("\n") == 1
    assert "p2pchain run" in refused.stderr


def test_one_record_too_large_among_lines_stops_all_of_them(node: NodeProcess) -> None:
    before = node.status().pending
    refused = node.command("send", "--lines", text="one\n" + "x" * 70_000 + "\nthree\n")
    assert (refused.returncode, refused.stdout) == (EXIT_REFUSED, "")
    assert "record 2" in refused.stderr
    assert node.status().pending == before


def test_the_node_may_be_named_after_the_subcommand(node: NodeProcess) -> None:
    expected = json.loads(said(node, "status", "--json"))["node"]
    for arguments in (["status", "--node", str(node.directory), "--json"],
                      ["--node", "/nowhere", "status", "--json", "--node", str(node.directory)]):  # fmt: skip
        result = run_command(*arguments)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["node"] == expected


def test_output_that_cannot_be_written_is_one_line(node: NodeProcess) -> None:
    command = f"{sys.executable} -m p2pchain --node {node.directory} status > /dev/full"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == EXIT_REFUSED
    assert (result.stderr.count("\n"), result.stderr[:10]) == (1, "p2pchain: ")


@pytest.mark.parametrize(
    "words", ["log >&-", "chain >&-", "peers list >&-", "send --lines <&-", "status 2>&-"]
)
def test_streams_that_the_caller_closed_are_no_fault(node: NodeProcess, words: str) -> None:
    command = f"{sys.executable} -m p2pchain --node {node.directory} {words}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_fault(node: NodeProcess) -> None:
    said(node, "send", "--lines", "--kind", "test.many", text="line\n" * 3_000)
    wait_for(lambda: node.command("mine").returncode == EXIT_REFUSED)
    command = f"{sys.executable} -m p2pchain --node {node.directory} log | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert result.stderr == ""


def test_help_lists_every_command_without_importing_any() -> None:
    helped = run_command("--help")
    assert helped.returncode == 0
    assert all(f"  {name} " in helped.stdout for name in COMMANDS)
    for name, (module, text) in COMMANDS.items():
        assert import_module(module).command.short_help == text
        assert run_command(name, "--help").stdout.startswith(f"Usage: p2pchain {name} ")
    for bare in ([], ["key"], ["network"]):
        shown = run_command(*bare)
        assert (shown.returncode, shown.stdout) == (EXIT_USAGE, "")
        assert shown.stderr == run_command(*bare, "--help").stdout
    assert run_command("--version").stdout.startswith("p2pchain, version ")
