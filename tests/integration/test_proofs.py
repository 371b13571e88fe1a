"""Proofs between real nodes: asked of one that the record was not handed to, and checked without any."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, wait_for
from p2pchain.chain.receipt import Proven, Receipt
from p2pchain.client.client import Client
from p2pchain.client.proofs import fetch_receipt
from p2pchain.errors import NodeError

NETWORK = quick_network(hashes_per_block=200)


@dataclass
class Pair:
    """Two nodes that know each other: one mines, the other follows."""

    miner: NodeProcess
    other: NodeProcess

    def settled(self) -> bool:
        one, two = self.miner.status(), self.other.status()
        return one.tip == two.tip and not one.pending

    def send(self, *texts: str) -> list[bytes]:
        """Hand records to the miner, and wait until both have them in the chain."""
        sent = self.miner.command("send", "--lines", "--json", text="".join(f"{text}\n" for text in texts))
        txids = [bytes.fromhex(json.loads(line)["txid"]) for line in sent.stdout.splitlines()]
        assert len(txids) == len(texts), sent.stderr
        wait_for(self.settled)
        return txids


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    rules = tmp_path / "network.toml"
    rules.write_text(NETWORK.to_toml())
    policy = ["--network", str(rules)]
    with (
        NodeProcess(tmp_path / "miner", "127.0.0.2", "--mine", "auto", *policy) as miner,
        NodeProcess(
            tmp_path / "other", "127.0.0.2", "--mine", "off", "--peer", miner.address, *policy
        ) as other,
    ):
        wait_for(lambda: other.status().peers == 1)
        yield Pair(miner, other)


def fetched(node: NodeProcess, txid: bytes, head: bytes | None = None) -> Receipt:
    """Ask over TCP, as a client that is no node."""

    async def talk() -> Receipt:
        client, _ = await Client.tcp(node.host, node.port)
        async with client:
            return await fetch_receipt(client, txid, head)

    return asyncio.run(talk())


def refusal(node: NodeProcess, txid: bytes, head: bytes | None = None) -> str:
    with pytest.raises(NodeError) as refused:
        fetched(node, txid, head)
    return refused.value.reason


def test_records_are_proven_by_another_node_and_to_later_blocks_as_the_chain_grows(pair: Pair) -> None:
    txids = pair.send(*(f"record {number}" for number in range(40)))
    first = pair.other.status()
    shown: dict[bytes, Proven] = {}
    for txid in txids:
        receipt = fetched(pair.other, txid)
        shown[txid] = receipt.verify(NETWORK, txid, first.tip)
        assert not shown[txid].idle_adds_work
    assert {proven.record.txid for proven in shown.values()} == set(txids)

    for number in range(3):
        pair.send(f"later {number}")
    last = pair.other.status()
    assert last.height >= first.height + 3
    for txid in (txids[0], txids[-1]):
        grown = fetched(pair.other, txid, last.tip).verify(NETWORK, txid, last.tip)
        assert grown.depth == shown[txid].depth + last.height - first.height
        assert grown.work == grown.depth * NETWORK.genesis.work
        again = fetched(pair.miner, txid, first.tip).verify(NETWORK, txid, first.tip)
        assert again == shown[txid]
    assert refusal(pair.other, bytes(32)) == "unknown_tx"
    assert refusal(pair.other, txids[-1], NETWORK.genesis.hash) == "head_too_low"
    assert refusal(pair.other, txids[0], bytes(32)) == "head_not_connected"


def test_a_head_that_was_reorganised_away_proves_nothing_any_more(pair: Pair) -> None:
    (txid,) = pair.send("before the cut")
    for one, two in ((pair.miner, pair.other), (pair.other, pair.miner)):
        assert one.command("peers", "ban", two.host).returncode == 0
    assert pair.other.command("send", "on the short side").returncode == 0
    assert refusal(pair.other, bytes.fromhex(pending_txid(pair.other))) == "still_pending"
    assert pair.other.command("mine").returncode == 0
    lost = pair.other.status().tip
    fetched(pair.other, txid, lost).verify(NETWORK, txid, lost)
    for number in range(3):
        assert pair.miner.command("send", f"on the long side {number}").returncode == 0
        wait_for(lambda: not pair.miner.status().pending)
    won = pair.miner.status().tip
    for one, two in ((pair.miner, pair.other), (pair.other, pair.miner)):
        assert one.command("peers", "unban", two.host).returncode == 0
    wait_for(pair.settled)
    assert refusal(pair.other, txid, lost) == "head_not_connected"
    fetched(pair.other, txid, won).verify(NETWORK, txid, won)


def pending_txid(node: NodeProcess) -> str:
    return str(json.loads(node.command("pending", "--json").stdout)["txid"])
