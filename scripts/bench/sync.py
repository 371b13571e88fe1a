"""How fast a new node fetches, checks and keeps a chain from another over loopback, with and without a large index."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.chains import build_chain, empty_chain, fill, fill_index
from bench.disk import disk_bytes
from bench.disk import figure as disk_figure
from bench.figure import HIGHER, Figure
from bench.reference import CHECKS, checks_per_s
from bench.workplace import Workplace
from node_process import NodeProcess
from p2pchain.client.client import Client
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

PATIENCE_S = 300.0
POLL_S = 0.02
THREADS = 2


def with_transactions(place: Workplace) -> Iterator[Figure]:
    """Measure blocks full of transactions."""
    scale = place.scale
    transactions = scale.blocks * scale.records_per_block
    with place.fresh("source") as source, place.fresh("indexed") as indexed:
        fill(source, place.network, build_chain(place.network, scale.blocks, transactions))
        name = f"sync of {scale.blocks} blocks of {scale.records_per_block:,} transactions"
        yield _beside_checks(place, name, source, None, 0.45, 0.7)
        yield disk_figure("fetched in blocks", [_disk_ratio(place, source, transactions)])
        fill_index(indexed, place.network, scale.indexed)
        name = f"{name}, {scale.indexed:,} in the index"
        yield _beside_checks(place, name, source, indexed, 0.4, 0.65)


def _disk_ratio(place: Workplace, source: Path, transactions: int) -> float:
    """Let a node fetch everything, stop it, and weigh its file."""
    with place.fresh("weighed") as directory:
        policy = ("--mine", "off")
        with (
            place.node("disk", source, "127.0.0.1", *policy) as old,
            place.node("disk", directory, "127.0.0.2", *policy) as new,
        ):
            seconds_to_follow(new, [old.address], place.scale.blocks)
            new.stop()
        return disk_bytes(directory) / (transactions * place.records(1)[0].size)


def with_empty_blocks(place: Workplace) -> Iterator[Figure]:
    """Measure blocks without any."""
    blocks = place.scale.empty_blocks
    name = f"sync of {blocks:,} empty blocks"
    with place.fresh("source") as source:
        fill(source, place.network, empty_chain(place.network, blocks))
        rates = [_blocks_per_s(place, name, source, None, blocks) for _ in range(place.scale.runs)]
    yield Figure(name=name, unit="blocks/s", values=rates, better=HIGHER, floor=3_000, goal=15_000)


def _beside_checks(
    place: Workplace, name: str, source: Path, start: Path | None, floor: float, goal: float
) -> Figure:
    rates, references = [], []
    for _ in range(place.scale.runs):
        references.append(checks_per_s(place.checks(CHECKS), THREADS))
        blocks_per_s = _blocks_per_s(place, name, source, start, place.scale.blocks)
        rates.append(blocks_per_s * place.scale.records_per_block)
    return Figure(
        name=name,
        unit="tx/s",
        values=rates,
        references=references,
        better=HIGHER,
        floor=floor,
        goal=goal,
    )


def _blocks_per_s(place: Workplace, name: str, source: Path, start: Path | None, blocks: int) -> float:
    """Let a new node, started on a copy of a directory where one is given, fetch all from another."""
    with place.fresh("new") as directory:
        if start is not None:
            shutil.copytree(start, directory, dirs_exist_ok=True)
        with (
            place.node(name, source, "127.0.0.1", "--mine", "off") as old,
            place.node(name, directory, "127.0.0.2", "--mine", "off") as new,
        ):
            return blocks / seconds_to_follow(new, [old.address], blocks)


def seconds_to_follow(
    new: NodeProcess, addresses: Sequence[str], height: int, half_way: Callable[[], None] = lambda: None
) -> float:
    """Give a node its first peers, and ask until it is as high; something may happen when it is half as high."""

    async def follow(client: Client) -> float:
        started = time.perf_counter()
        for address in addresses:
            await client.request(AddPeer(address=address), Done)
        async with asyncio.timeout(PATIENCE_S):
            for goal, then in ((height // 2, half_way), (height, lambda: None)):
                while (await client.request(GetStatus(), Status)).height < goal:  # noqa: ASYNC110  # another process's
                    await asyncio.sleep(POLL_S)
                then()
        return time.perf_counter() - started

    return new.ask(follow)
