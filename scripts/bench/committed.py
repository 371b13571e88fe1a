"""How many transactions a second four nodes have in their chains, all in all of them."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path

from bench.feed import feed, frames_of
from bench.figure import HIGHER, Figure
from bench.reference import CHECKS, checks_per_s
from bench.workplace import Workplace
from node_process import NodeProcess, quick_network, wait_for
from p2pchain.chain.transaction import Transaction
from p2pchain.client.client import Client
from p2pchain.store.schema import FILE_NAME, open_reader
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

NODES = 4
CORES = 2
PER_FRAME = 256
# Four miners at their network's pace would find eight blocks a second, and two or three with nodes as busy as here:
# it is the nodes that are measured, not luck.
HASHES_PER_BLOCK = 50_000
PATIENCE_S = 120.0
POLL_S = 0.05
# Both in transactions a second, and meant for a machine whose two cores make so many raw checks: the share of those
# can be compared between machines.
FLOOR, GOAL, RAW_CHECKS = 3_000, 7_000, 50_000


def committed(place: Workplace) -> Iterator[Figure]:
    """Measure nodes in a ring, each fed its share: how many a second, and what of this machine's raw checks that uses.

    Each node checks every signature itself.
    """
    name = f"{NODES} nodes on 2 cores, transactions committed on all"
    network = quick_network(HASHES_PER_BLOCK)
    shop = Workplace(place.directory / "cluster", place.scale, network)
    shop.stalls_ms, shop.own_stalls_ms = place.stalls_ms, place.own_stalls_ms
    records = shop.records(shop.scale.cluster_records)
    rates: list[float] = []
    raw: list[float] = []
    for _ in range(shop.scale.runs):
        raw.append(checks_per_s(place.checks(CHECKS), CORES))
        with shop.fresh("nodes") as directory, ExitStack() as stack:
            nodes = _ring(shop, stack, name, directory)
            rates.append(len(records) / _seconds(nodes, records))
    yield Figure(name=name, unit="tx/s", values=rates, better=HIGHER, floor=FLOOR, goal=GOAL)
    yield Figure(
        name=f"{name}: signatures checked",
        unit="checks/s",
        values=[rate * NODES for rate in rates],
        references=raw,
        better=HIGHER,
        floor=FLOOR * NODES / RAW_CHECKS,
        goal=GOAL * NODES / RAW_CHECKS,
    )


def _ring(place: Workplace, stack: ExitStack, name: str, directory: Path) -> list[NodeProcess]:
    nodes: list[NodeProcess] = []
    for number in range(1, NODES + 1):
        others = nodes[-1:] + (nodes[:1] if number == NODES else [])
        dials = [word for other in others for word in ("--peer", other.address)]
        home = directory / str(number)
        home.mkdir()
        nodes.append(
            stack.enter_context(place.node(name, home, f"127.0.0.{number}", "--mine", "auto", *dials))
        )
    wait_for(lambda: all(node.status().peers >= 2 for node in nodes))
    return nodes


def _seconds(nodes: Sequence[NodeProcess], records: Sequence[Transaction]) -> float:
    """Feed all nodes at once, and wait until all have everything in one chain."""
    shares = [records[number::NODES] for number in range(NODES)]
    frames = [frames_of(share, PER_FRAME) for share in shares]
    started = time.perf_counter()
    with ThreadPoolExecutor(NODES) as pool:
        jobs = [
            pool.submit(feed, node.host, node.port, load, len(share))
            for node, load, share in zip(nodes, frames, shares, strict=True)
        ]
        for job in jobs:
            job.result()
    asyncio.run(_until_agreed(nodes, len(records)))
    return time.perf_counter() - started


async def _until_agreed(nodes: Sequence[NodeProcess], count: int) -> None:
    """Ask all nodes, not so often that it would slow them."""
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE_S):
        clients = [
            await stack.enter_async_context(await Client.unix(node.directory / "control.sock"))
            for node in nodes
        ]
        while True:
            statuses = [await client.request(GetStatus(), Status) for client in clients]
            done = len({each.tip for each in statuses}) == 1 and not any(each.pending for each in statuses)
            if done and all(_chained(node.directory) == count for node in nodes):
                return
            await asyncio.sleep(POLL_S)


def _chained(directory: Path) -> int:
    with closing(open_reader(directory / FILE_NAME)) as connection:
        return int(connection.execute("SELECT count(*) FROM place").get)
