"""How long after a node has a new block its peer has it too, where both had its transactions before."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import msgpack

from bench.disk import disk_bytes
from bench.disk import figure as disk_figure
from bench.feed import feed, frames_of
from bench.figure import LOWER, Figure, percentile
from bench.workplace import Workplace
from node_process import NodeProcess
from p2pchain.client.client import Client
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined
from p2pchain.wire.messages.status import Status

PER_BLOCK = 1_000
PER_FRAME = 256
PATIENCE_S = 60.0
POLL_S = 0.01


@dataclass
class Watched:
    """A node, a conversation with it, and when it had which block."""

    node: NodeProcess
    client: Client
    seen: dict[int, float] = field(default_factory=dict)

    async def follow(self) -> None:
        """Note when blocks are connected, for ever."""
        async for event in self.client.subscribe(0):
            if event.kind == "connected":
                self.seen[msgpack.unpackb(event.data)["height"]] = time.perf_counter()

    async def until_pending(self, count: int) -> None:
        """Wait until so many transactions are pending."""
        while (await self.client.request(GetStatus(), Status)).pending != count:  # noqa: ASYNC110  # another process's
            await asyncio.sleep(POLL_S)


def relay(place: Workplace) -> Iterator[Figure]:
    """Measure one block after another, each with as many transactions."""
    name = f"block of {PER_BLOCK:,} known transactions seen by the next peer"
    blocks = place.scale.relayed_blocks
    runs: list[list[float]] = []
    ratios: list[float] = []
    size = sum(record.size for record in place.records(blocks * PER_BLOCK))
    for _ in range(place.scale.runs):
        with (
            place.fresh("miner") as mined,
            place.fresh("next") as followed,
            place.node(name, mined, "127.0.0.1", "--mine", "off") as miner,
            place.node(name, followed, "127.0.0.2", "--mine", "off", "--peer", miner.address) as follower,
        ):
            runs.append(asyncio.run(_run(place, miner, follower, blocks)))
            miner.stop()
            ratios.append(disk_bytes(mined) / size)
    for percent, floor, goal in ((50, 8, 3), (95, 30, 10)):
        values = [percentile(run, percent) for run in runs]
        label = f"{name}: {'median' if percent == 50 else f'{percent}th percentile'}"
        yield Figure(name=label, unit="ms", values=values, better=LOWER, floor=floor, goal=goal)
    yield disk_figure("taken in and mined", ratios)


async def _run(place: Workplace, miner: NodeProcess, follower: NodeProcess, blocks: int) -> list[float]:
    """Give the milliseconds that each block took from one node to the other."""
    records = place.records(blocks * PER_BLOCK)
    async with asyncio.timeout(PATIENCE_S * 5), _watched(miner) as one, _watched(follower) as other:
        took: list[float] = []
        for height in range(1, blocks + 1):
            share = frames_of(records[(height - 1) * PER_BLOCK : height * PER_BLOCK], PER_FRAME)
            await asyncio.to_thread(feed, miner.host, miner.port, share, PER_BLOCK)
            await asyncio.gather(one.until_pending(PER_BLOCK), other.until_pending(PER_BLOCK))
            await one.client.request(Mine(), Mined)
            await _until_seen((one, other), height)
            took.append(max(0.0, other.seen[height] - one.seen[height]) * 1000)
        return took


@asynccontextmanager
async def _watched(node: NodeProcess) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as stack:
        asking, following = [
            await stack.enter_async_context(await Client.unix(node.directory / "control.sock"))
            for _ in range(2)
        ]
        watched = Watched(node, asking)
        follower = asyncio.create_task(Watched(node, following, watched.seen).follow())
        try:
            yield watched
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)


async def _until_seen(nodes: Sequence[Watched], height: int) -> None:
    while not all(height in each.seen for each in nodes):  # noqa: ASYNC110  # it is other processes'
        await asyncio.sleep(POLL_S / 10)
