"""How many nonces one core tries in a second, beside bare compressions of SHA-256 with nothing around them."""

import time
from collections.abc import Callable, Iterator

from bench.figure import HIGHER, Figure
from bench.workplace import Workplace
from p2pchain.mining import search

HEADER = bytes(92)
NEVER = 0  # no hash is as small: the whole count is tried
COUNTS = {"SHA-NI": 20_000_000, "portable C": 2_000_000, "Python": 1_000_000}
FLOOR = 0.85  # of bare compressions, where the processor has instructions for them


def nonces(place: Workplace) -> Iterator[Figure]:
    """Measure the fastest search that there is here, and each slower one that other machines have to do with."""
    native = search._native  # noqa: SLF001  # what is measured is below what the package offers
    if native is not None:
        beside = native.compress if search.METHOD == "SHA-NI" else None
        yield _rate(place, search.METHOD, native.search, beside)
        if search.METHOD != "portable C":
            yield _rate(place, "portable C", native.search_portable, None)
    yield _rate(place, "Python", search.search_python, None)


def _rate(
    place: Workplace,
    method: str,
    search_nonces: Callable[..., int | None],
    compress: Callable[[int], int] | None,
) -> Figure:
    count = COUNTS[method]
    target = NEVER if method == "Python" else NEVER.to_bytes(32, "big")
    rates: list[float] = []
    references: list[float] = []
    for _ in range(place.scale.runs):
        if compress is not None:
            references.append(count / _seconds(lambda: compress(count)))
        rates.append(count / _seconds(lambda: search_nonces(HEADER, 0, count, target)))
    return Figure(
        name=f"nonce search, {method}",
        unit="hashes/s",
        values=rates,
        references=references,
        better=HIGHER,
        floor=FLOOR if references else None,
    )


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
