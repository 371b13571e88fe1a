"""kill -9 at any moment loses nothing that was acknowledged."""

import random
import threading
from functools import partial
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, wait_for
from p2pchain.chain.keys import SigningKey
from p2pchain.client.client import Client
from p2pchain.client.records import Author, read, send
from p2pchain.errors import NodeError

KILLS = 50


async def push(client: Client, author: Author, first: int, acknowledged: list[bytes]) -> None:
    """Send records, a few at a time, until the node is gone."""
    rng = random.Random(first)
    for step in range(10_000):
        texts = [f"record {first + step * 10 + offset}" for offset in range(rng.randint(1, 10))]
        salts = iter([rng.randbytes(16) for _ in texts])
        sent = send(client, author.sign_texts(texts, first + step * 10, salts))
        acknowledged.extend([txid async for txid in sent])


async def chained(client: Client, network_id: bytes) -> list[bytes]:
    return [record.transaction.txid async for record in read(client, network_id)]


@pytest.mark.slow
def test_fifty_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(50)
    network = quick_network(hashes_per_block=5_000)
    file = tmp_path / "network.toml"
    file.write_text(network.to_toml())
    author = Author(SigningKey(bytes(32)), network.id, "test.note")
    acknowledged: list[bytes] = []
    with NodeProcess(tmp_path / "node", "127.0.0.1", "--mine", "auto", "--network", str(file)) as node:
        for kill in range(KILLS):
            timer = threading.Timer(rng.uniform(0.05, 0.4), node.kill)
            timer.start()
            with pytest.raises(NodeError):
                node.ask(partial(push, author=author, first=kill * 1_000_000, acknowledged=acknowledged))
            timer.join()
            node.start()
        wait_for(lambda: node.status().pending == 0)
        found = node.ask(lambda client: chained(client, network.id))
        height = node.status().height

    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert len(acknowledged) > KILLS
    assert height > KILLS // 2
