"""What a transaction takes on disk, over its own bytes."""

from collections.abc import Sequence
from pathlib import Path

from bench.figure import LOWER, Figure
from p2pchain.store.schema import FILE_NAME


def disk_bytes(directory: Path) -> int:
    """Give the size of a stopped node's database."""
    return sum(each.stat().st_size for each in directory.glob(f"{FILE_NAME}*"))


def figure(how: str, ratios: Sequence[float]) -> Figure:
    """Give the row for transactions that came there in some way."""
    return Figure(
        name=f"disk per transaction over its own bytes, {how}",
        unit="ratio",
        values=ratios,
        better=LOWER,
        floor=1.5,
        goal=1.25,
    )
