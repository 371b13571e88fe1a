"""`scripts/p2pcat` as one types it at a node of the cluster."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from node_process import PATIENCE_S, NodeProcess, quick_network, wait_for
from p2pchain.wire.messages import MESSAGES, encode
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.hello import Hello

P2PCAT = Path(__file__).parents[2] / "scripts" / "p2pcat"
REFUSED, USAGE, UNREACHABLE = 1, 2, 3


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    directory = tmp_path_factory.mktemp("node")
    rules = directory / "network.toml"
    rules.write_text(quick_network(hashes_per_block=2_000).to_toml())
    with NodeProcess(directory / "data", "127.0.0.1", "--network", str(rules)) as process:
        for number in (1, 2, 3):
            process.command("send", f"record {number}")
            wait_for(lambda number=number: process.status().height >= number)  # type: ignore[misc]  # mypy cannot type a default
        yield process


def p2pcat(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [P2PCAT, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def answer(*arguments: str) -> dict[str, object]:
    said = p2pcat(*arguments)
    assert said.returncode == 0, said.stderr
    decoded = json.loads(said.stdout)
    assert isinstance(decoded, dict)
    return decoded


def test_headers_come_as_json(node: NodeProcess) -> None:
    chain = answer(node.address, "get_chain", "limit=2", "what=headers")
    items = chain["items"]
    assert isinstance(items, list)
    assert [item["height"] for item in items] == [1, 2]
    assert items[1]["previous_hash"] == items[0]["hash"]


def test_what_follows_a_locator(node: NodeProcess) -> None:
    first = answer(node.address, "get_chain", "limit=1")["items"]
    assert isinstance(first, list)
    after = answer(node.address, "get_chain", f"locator={first[0]['hash']}", "limit=1", "what=blocks")[
        "items"
    ]
    assert isinstance(after, list)
    assert after[0]["height"] == 2
    record = after[0]["transactions"][0]
    assert record["text"] == "record 2"
    assert bytes.fromhex(record["payload"]).endswith(b"record 2")


def test_a_block_by_its_hash_and_one_that_is_missing(node: NodeProcess) -> None:
    tip = node.status().tip.hex()
    lines = p2pcat(node.address, "get_blocks", f"hashes={tip},{'00' * 32}").stdout.splitlines()
    block, missing = (json.loads(line) for line in lines)
    assert block["block"]["hash"] == tip
    assert missing == {"type": "block", "hash": "00" * 32, "missing": True}


def test_status_pending_ping_and_peers(node: NodeProcess) -> None:
    assert answer(node.address, "get_status")["height"] == node.status().height
    assert answer(node.address, "get_pending")["total"] == 0
    assert answer(node.address, "ping", "nonce=7")["nonce"] == 7
    assert answer(node.address, "get_peers")["addresses"] == []


def test_the_control_socket_answers_too(node: NodeProcess) -> None:
    socket = str(node.directory / "control.sock")
    assert answer(socket, "get_connections")["connections"] == []
    assert answer(socket, "subscribe", "since=1")["number"] == 2
    lines = p2pcat(socket, "get_blocks", f"hashes={node.status().tip.hex()},{'00' * 32}").stdout.splitlines()
    assert [json.loads(line).get("missing", False) for line in lines] == [False, True]


def test_what_is_refused_or_wrong_is_said_in_one_line(node: NodeProcess) -> None:
    for arguments, code, word in (
        ([node.address, "stop"], USAGE, "control.sock"),
        ([node.address, "get_chian"], USAGE, "did you mean get_chain?"),
        ([node.address, "get_chain", "limits=2"], USAGE, "did you mean limit?"),
        ([node.address, "get_chain", "limit"], USAGE, "field=value"),
        (["--network", "ab" * 32, node.address, "ping"], REFUSED, "other_network"),
        (["--network", "abcd", node.address, "ping"], USAGE, "--network of 32 bytes"),
        (["--network", "any", node.address, "ping"], USAGE, "--network"),
        ([node.address, "get_chain", "limit=many"], USAGE, "limit"),
        ([node.address, "get_chain", "what=tails"], USAGE, "headers"),
        ([node.address, "get_chain", "limit=" + "9" * 23], USAGE, "below 2^64"),
        ([node.address, "get_chain", "what=" + os.fsdecode(b"\xff")], USAGE, "text in UTF-8"),
        (["a..b:1", "ping"], UNREACHABLE, "a..b:1"),
        ([node.address, "get_blocks"], USAGE, "hashes"),
        (["127.0.0.1:1", "ping"], UNREACHABLE, "127.0.0.1:1"),
        (["localhost", "ping"], USAGE, "HOST:PORT"),
    ):
        said = p2pcat(*arguments)
        assert (said.returncode, said.stderr.count("\n")) == (code, 1), (arguments, said.stderr)
        assert word in said.stderr, (arguments, said.stderr)


def test_parts_of_blocks_are_asked_for_and_erased(node: NodeProcess) -> None:
    (first, *_) = [json.loads(line) for line in node.command("log", "--json").stdout.splitlines()]
    block = json.loads(node.command("block", str(first["height"]), "--json").stdout)["hash"]
    contents = answer(node.address, "get_contents", f"txids={first['txid']}")["contents"]
    assert first["text"].encode().hex() in str(contents)
    assert len(str(answer(node.address, "get_block_txs", f"hash={block}", "indexes=0")["transactions"])) > 2
    assert answer(f"{node.directory}/control.sock", "forget", f"txids={first['txid']}")["type"] == "done"
    assert answer(node.address, "get_contents", f"txids={first['txid']}")["contents"] == [None]


def test_every_question_of_the_protocol_can_be_asked() -> None:
    listed = p2pcat("--help").stdout
    questions = {name for name in MESSAGES if name.startswith("get_") and name != "get_tx"}
    assert [name for name in questions | {"forget"} if not re.search(rf"\b{name}\b", listed)] == []


async def test_what_is_not_what_it_should_be_is_shown_as_it_is() -> None:
    hello = Hello(
        protocol=1, network=b"n" * 32, agent="", node=bytes(16), listen=1, height=0, tip=bytes(32),
        work=bytes(32), time=0,
    )  # fmt: skip
    odd = Chain(what="headers", start=1, items=(b"odd",), height=1, tip=bytes(32))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            writer.write(encode(hello) + encode(odd))
            await reader.read()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        shown = await asyncio.to_thread(answer, f"127.0.0.1:{port}", "get_chain")
    assert shown["items"] == [b"odd".hex()]


def test_output_that_cannot_be_written_is_one_line(node: NodeProcess) -> None:
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [P2PCAT, node.address, "ping"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (said.returncode, said.stderr.count("\n")) == (REFUSED, 1)
