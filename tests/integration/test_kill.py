"""kill -9 at any moment loses nothing that was acknowledged, whatever becomes of the chain meanwhile."""

import asyncio
import os
import random
import threading
from functools import partial
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, run_command, wait_for
from p2pchain.chain.keys import SigningKey
from p2pchain.client.client import Client
from p2pchain.client.records import Author, read, send
from p2pchain.daemon.peer_files import ADDRESSES_FILE
from p2pchain.errors import NodeError
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.done import Done

# The first number in `make trial`, the second in `make test`.
KILLS = 300 if os.environ.get("P2PCHAIN_TRIAL") else 30


async def push(client: Client, author: Author, first: int, acknowledged: list[bytes]) -> None:
    """Send records, a few at a time, until the node is gone."""
    rng = random.Random(first)
    for step in range(10_000):
        texts = [f"record {first + step * 10 + offset}" for offset in range(rng.randint(1, 10))]
        salts = iter([rng.randbytes(16) for _ in texts])
        sent = send(client, author.sign_texts(texts, first + step * 10, salts))
        acknowledged.extend([txid async for txid in sent])


async def push_and_meet(
    client: Client, author: Author, first: int, acknowledged: list[bytes], meeting: tuple[str, float]
) -> None:
    """Send records until the node is gone; a while after the first, let it meet another node."""

    async def meet() -> None:
        address, delay_s = meeting
        await asyncio.sleep(delay_s)
        await client.request(AddPeer(address=address), Done)

    meeting_ = asyncio.create_task(meet())
    try:
        await push(client, author, first, acknowledged)
    finally:
        meeting_.cancel()
        await asyncio.gather(meeting_, return_exceptions=True)


async def chained(client: Client, network_id: bytes) -> list[bytes]:
    return [record.transaction.txid async for record in read(client, network_id)]


@pytest.mark.slow
def test_kills_lose_nothing_acknowledged_through_reorganisations(tmp_path: Path) -> None:
    """Each time it begins alone on a branch of its own, and soon meets one that has mined on without it."""
    rng = random.Random(50)
    network = quick_network(hashes_per_block=5_000)
    file = tmp_path / "network.toml"
    file.write_text(network.to_toml())
    author = Author(SigningKey(bytes(32)), network.id, "test.note")
    acknowledged: list[bytes] = []
    policy = ["--network", str(file), "--mine"]
    with (
        NodeProcess(tmp_path / "other", "127.0.0.2", *policy, "always") as other,
        NodeProcess(tmp_path / "node", "127.0.0.1", *policy, "auto") as node,
    ):
        for kill in range(KILLS):
            meeting = other.address, rng.uniform(0.05, 0.2)
            timer = threading.Timer(meeting[1] + rng.uniform(-0.05, 0.3), node.kill)
            timer.start()
            with pytest.raises(NodeError):
                node.ask(
                    partial(
                        push_and_meet,
                        author=author,
                        first=kill * 1_000_000,
                        acknowledged=acknowledged,
                        meeting=meeting,
                    )
                )
            timer.join()
            (node.directory / ADDRESSES_FILE).unlink(missing_ok=True)
            node.start()
        other.stop()
        other.start("--mine", "auto")
        node.command("peers", "add", other.address)
        wait_for(lambda: node.status().pending == other.status().pending == 0)
        wait_for(lambda: node.status().tip == other.status().tip)
        found = node.ask(lambda client: chained(client, network.id))
        node.stop()

    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert len(acknowledged) > KILLS
    assert node.log.read_text().count("reorganised: ") > KILLS // 4
    checked = run_command("check", "--data", str(node.directory))
    assert checked.returncode == 0, checked.stderr
