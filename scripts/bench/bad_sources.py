"""How long a new node takes over a chain where of its four peers one stalls, one lies and one is killed half way."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.chains import build_chain, fill
from bench.figure import LOWER, Figure
from bench.sync import seconds_to_follow
from bench.workplace import Workplace
from false_peer import FalsePeer
from p2pchain.chain.block import Block
from p2pchain.node.actions import StagedBlock

LIE_BLOCKS = 1_000_000
POLICY = ("--mine", "off")


def swapped_bodies(staged: Sequence[StagedBlock]) -> dict[bytes, bytes]:
    """Give for each block its header with the next one's body, encoded."""
    blocks = [item.block for item in staged]
    bodies = [*blocks[1:], blocks[0]]
    return {
        block.hash: Block(block.header, body.coinbase, body.transactions).encode()
        for block, body in zip(blocks, bodies, strict=True)
    }


def sync_from_bad_sources(place: Workplace) -> Iterator[Figure]:
    """Measure it beside the same from one good peer alone."""
    scale = place.scale
    staged = build_chain(place.network, scale.blocks, scale.blocks * scale.records_per_block)
    with place.fresh("source") as source, place.fresh("copied") as copied:
        fill(source, place.network, staged)
        shutil.copytree(source, copied, dirs_exist_ok=True)
        alone, among = [], []
        for _ in range(scale.runs):
            alone.append(_from_one(place, source))
            among.append(_from_four(place, source, copied, staged))
    yield Figure(
        name=f"sync of {scale.blocks} blocks of {scale.records_per_block:,}, three of four peers bad",
        unit="s",
        values=among,
        references=alone,
        better=LOWER,
        floor=1.5,
        goal=1.1,
    )


def _from_one(place: Workplace, source: Path) -> float:
    with (
        place.fresh("new") as directory,
        place.node("sync from one", source, "127.0.0.1", *POLICY) as good,
        place.node("sync from one", directory, "127.0.0.2", *POLICY) as new,
    ):
        return seconds_to_follow(new, [good.address], place.scale.blocks)


def _from_four(place: Workplace, source: Path, copied: Path, staged: Sequence[StagedBlock]) -> float:
    name = "sync from four"
    headers = [item.block.header for item in staged]
    with (
        place.fresh("new") as directory,
        place.node(name, source, "127.0.0.1", *POLICY) as good,
        place.node(name, copied, "127.0.0.3", *POLICY) as killed,
        FalsePeer("127.0.0.4", place.network, headers, lambda _: None) as stalls,
        FalsePeer("127.0.0.5", place.network, headers, swapped_bodies(staged).get, LIE_BLOCKS) as lies,
        place.node(name, directory, "127.0.0.2", *POLICY) as new,
    ):
        addresses = [lies.address, stalls.address, killed.address, good.address]
        return seconds_to_follow(new, addresses, place.scale.blocks, killed.kill)
