"""Measures, prints a table, and writes build/bench.json."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import bad_sources, committed, intake, relay, search, simulated, start, sync
from bench.figure import LOWER, Figure
from bench.table import table, write
from bench.workplace import Scale, Workplace

Bench = Callable[[Workplace], Iterator[Figure]]

BENCHES: dict[str, Bench] = {
    "search": search.nonces,
    "intake": intake.over_one_connection,
    "many": intake.over_many_connections,
    "sync": sync.with_transactions,
    "empty": sync.with_empty_blocks,
    "bad": bad_sources.sync_from_bad_sources,
    "relay": relay.relay,
    "committed": committed.committed,
    "start": start.start,
    "simulated": simulated.simulated,
}
LEFT_OUT_IN_QUICK = {
    "simulated": "a thousand nodes in one process take minutes",
    "start": "a chain of 200,000 blocks has to be made first",
}
QUICK = Scale(
    runs=2, records=20_000, indexed=200_000, empty_blocks=20_000, relayed_blocks=10, cluster_records=8_000
)
RESULT = Path("build/bench.json")


def stalls(place: Workplace) -> Iterator[Figure]:
    """Give the longest stall of any node's event loop: under all benches, and under each."""
    rows = {
        "longest stall of the event loop": max(place.stalls_ms.values(), default=0.0),
        "longest stall less waiting for a core": max(place.own_stalls_ms.values(), default=0.0),
    }
    rows |= {f"longest stall: {name}": longest for name, longest in place.stalls_ms.items()}
    for name, longest in rows.items():
        yield Figure(name=name, unit="ms", values=[longest], better=LOWER, floor=50, goal=20)


def measure(place: Workplace, names: list[str]) -> list[Figure]:
    """Run benches one after the other; what has been measured is kept if a later one fails."""
    figures: list[Figure] = []
    for name in names:
        started = time.perf_counter()
        figures += BENCHES[name](place)
        write(RESULT, [*figures, *stalls(place)])
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    return [*figures, *stalls(place)]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all, if none is given, of: {', '.join(BENCHES)}"
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs of smaller ones, and not all")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no bench is called {', '.join(sorted(unknown))}")
    chosen = options.names or [name for name in BENCHES if not (options.quick and name in LEFT_OUT_IN_QUICK)]
    scale = QUICK if options.quick else Scale()
    with tempfile.TemporaryDirectory(prefix="p2pchain-bench-") as directory:
        figures = measure(Workplace(Path(directory), scale), chosen)
    print(table(figures))
    for name in [] if options.names else [name for name in BENCHES if name not in chosen]:
        print(f"left out: {name}: {LEFT_OUT_IN_QUICK[name]}")


if __name__ == "__main__":
    main()
