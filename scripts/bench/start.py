"""How long a node takes to start, and how much memory it has then, on a long chain and on a short one."""

import time
from collections.abc import Iterator
from pathlib import Path

from bench.chains import empty_chain, fill
from bench.figure import LOWER, Figure
from bench.workplace import Workplace

KIB_PER_MIB = 1024


def start(place: Workplace) -> Iterator[Figure]:
    """Measure both in turns, so that whatever else runs on the machine meets both."""
    scale = place.scale
    with place.fresh("long") as long, place.fresh("short") as short:
        fill(long, place.network, empty_chain(place.network, scale.long_chain))
        fill(short, place.network, empty_chain(place.network, scale.short_chain))
        runs = [(_start_once(place, short), _start_once(place, long)) for _ in range(scale.runs)]
    seconds = [after[0] for _, after in runs]
    mebibytes = [after[1] for _, after in runs]
    more_seconds = [after[0] - before[0] for before, after in runs]
    more_mebibytes = [after[1] - before[1] for before, after in runs]
    name = f"start with {scale.long_chain:,} blocks"
    than = f"{name} rather than {scale.short_chain:,}"
    yield Figure(name=f"{name}: time", unit="s", values=seconds, better=LOWER, goal=0.5)
    yield Figure(name=f"{name}: memory", unit="MiB", values=mebibytes, better=LOWER, goal=80)
    yield Figure(name=f"{than}: more time", unit="s", values=more_seconds, better=LOWER, floor=0.2)
    yield Figure(name=f"{than}: more memory", unit="MiB", values=more_mebibytes, better=LOWER, floor=10)


def _start_once(place: Workplace, directory: Path) -> tuple[float, float]:
    """Start a node until it listens: seconds, and MiB that it holds then."""
    started = time.perf_counter()
    with place.node("start", directory, "127.0.0.1", "--mine", "off") as node:
        took_s = time.perf_counter() - started
        lines = Path(f"/proc/{node.pid}/status").read_text().splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS:"))
    return took_s, int(resident.split()[1]) / KIB_PER_MIB
