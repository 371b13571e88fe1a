"""How fast a new node fetches and checks a chain from its peers, beside this machine's raw signature checks.

Real nodes over loopback sockets, each in its own process and data directory. `make bench` runs it.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from node_process import NodeProcess
from p2pchain.chain import keys
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.transaction import Transaction
from p2pchain.client.client import Client
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import EASY_BITS
from p2pchain.store.store import Store
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

CONTENT_BYTES = 250
RAW_CHECKS = 4_000
PATIENCE_S = 300.0
POLL_S = 0.01


@dataclass(frozen=True)
class Run:
    """What one run measured, in transactions a second and checks a second."""

    synced: float
    raw: float


def build_chain(network: Network, blocks: int, transactions: int) -> list[StagedBlock]:
    """Build blocks with their share of the transactions each."""
    builder = ChainBuilder(network, 1)
    payload = bytes(CONTENT_BYTES - 16)
    staged: list[StagedBlock] = []
    parent = builder.genesis
    for number in range(blocks):
        count = transactions * (number + 1) // blocks - transactions * number // blocks
        parent, block = builder.block(parent, [builder.record(payload) for _ in range(count)])
        staged.append(StagedBlock(block, parent.work, parent.chain_time))
    return staged


def fill(directory: Path, network: Network, staged: list[StagedBlock]) -> None:
    """Put a chain into a data directory."""
    store = Store(directory, network)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged))
    store.close()
    (directory / "network.toml").write_text(network.to_toml())


def raw_checks_per_s(transactions: list[Transaction]) -> float:
    """Count the signature checks that one thread makes in a second, with nothing around them."""
    started = time.perf_counter()
    for transaction in transactions:
        keys.verify(transaction.author, transaction.txid, transaction.head.signature)
    return len(transactions) / (time.perf_counter() - started)


async def until_height(client: Client, height: int) -> None:
    """Ask a node how it is until its chain is so high."""
    async with asyncio.timeout(PATIENCE_S):
        while (await client.request(GetStatus(), Status)).height < height:  # noqa: ASYNC110  # it is another process's
            await asyncio.sleep(POLL_S)


def run_once(workplace: Path, network: Network, staged: list[StagedBlock], peers: int) -> Run:
    """Sync one new node from `peers` others."""
    checked = [transaction for item in staged for transaction in item.block.transactions][:RAW_CHECKS]
    raw = raw_checks_per_s(checked)
    rules = workplace / "network.toml"
    rules.write_text(network.to_toml())
    policy = ["--mine", "off", "--network", str(rules)]
    with ExitStack() as stack:
        sources = [
            stack.enter_context(NodeProcess(workplace / f"source{number}", f"127.0.0.{number}", *policy))
            for number in range(1, peers + 1)
        ]
        dials = [word for source in sources for word in ("--peer", source.address)]
        new = NodeProcess(workplace / "new", "127.0.0.9", *policy, *dials)
        started = time.perf_counter()
        stack.enter_context(new)
        new.ask(lambda client: until_height(client, len(staged)))
        took_s = time.perf_counter() - started
    shutil.rmtree(new.directory)
    return Run(sum(len(item.block.transactions) for item in staged) / took_s, raw)


def main() -> None:
    """Measure, and print a table; with --json, a line for programs."""
    parser = argparse.ArgumentParser(prog="bench_sync", description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=500)
    parser.add_argument("--transactions", type=int, default=10_000)
    parser.add_argument("--peers", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    network = replace(LOCAL, name="bench", bits=EASY_BITS)
    staged = build_chain(network, options.blocks, options.transactions)
    with tempfile.TemporaryDirectory(prefix="p2pchain-bench-") as name:
        for number in range(1, options.peers + 1):
            fill(Path(name) / f"source{number}", network, staged)
        runs = [run_once(Path(name), network, staged, options.peers) for _ in range(options.runs)]
    synced, raw = [run.synced for run in runs], [run.raw for run in runs]
    ratio = statistics.median(run.synced / run.raw for run in runs)
    if options.json:
        print(json.dumps({"synced": synced, "raw": raw, "ratio": ratio}))
        return
    title = f"a new node fetches {options.blocks:,} blocks with {options.transactions:,} transactions"
    print(f"{title} from {options.peers} peers, start of its process included, {options.runs} runs:")
    print(
        f"  synced      {statistics.median(synced):9,.0f} transactions/s ({min(synced):,.0f} to {max(synced):,.0f})"
    )
    print(
        f"  raw checks  {statistics.median(raw):9,.0f} signatures/s, one thread ({min(raw):,.0f} to {max(raw):,.0f})"
    )
    print(f"  ratio       {ratio:9.2f}")


if __name__ == "__main__":
    main()
