"""How many signed transactions a node takes in a second, each acknowledged once it is on disk."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from multiprocessing import get_context

from bench.feed import Fed, feed, frames_of
from bench.figure import HIGHER, Figure
from bench.reference import CHECKS, checks_per_s
from bench.workplace import Workplace
from p2pchain.chain.transaction import Transaction

FRAME_SIZES = (1, 256)
PROCESSES = 4
CONNECTIONS_EACH = 2
FLOOR, GOAL = 0.6, 1.1

# The frames that go over one connection, and the number of transactions in them.
Load = tuple[Sequence[bytes], int]
Send = Callable[[str, int], Sequence[Fed]]


def over_one_connection(place: Workplace) -> Iterator[Figure]:
    """Measure one sender, with frames of one and of many transactions."""
    records = place.records(place.scale.records)
    for per_frame in FRAME_SIZES:
        load = _load(records, per_frame)
        name = f"intake over one connection, {per_frame} a frame"
        yield _beside_checks(place, name, partial(_feed_all, [load]))


def over_many_connections(place: Workplace) -> Iterator[Figure]:
    """Measure several senders in processes of their own, so that none of them waits for another."""
    records = place.records(place.scale.records)
    connections = PROCESSES * CONNECTIONS_EACH
    shares = [records[number::connections] for number in range(connections)]
    for per_frame in FRAME_SIZES:
        name = f"intake over {connections} connections, {per_frame} a frame"
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            loads = list(pool.map(_load, shares, repeat(per_frame)))
            yield _beside_checks(place, name, partial(_feed_from, pool, loads))


def _beside_checks(place: Workplace, name: str, send: Send) -> Figure:
    rates, references = [], []
    for _ in range(place.scale.runs):
        references.append(checks_per_s(place.checks(CHECKS)))
        with place.fresh("node") as directory:
            with place.node(name, directory, "127.0.0.1", "--mine", "off") as node:
                fed = send(node.host, node.port)
            took_s = max(each.ended for each in fed) - min(each.started for each in fed)
            rates.append(place.scale.records / took_s)
    return Figure(
        name=name,
        unit="tx/s",
        values=rates,
        references=references,
        better=HIGHER,
        floor=FLOOR,
        goal=GOAL,
    )


def _load(records: Sequence[Transaction], per_frame: int) -> Load:
    return frames_of(records, per_frame), len(records)


def _feed_all(loads: Sequence[Load], host: str, port: int) -> Sequence[Fed]:
    """Feed over as many connections at once as there are loads."""
    with ThreadPoolExecutor(len(loads)) as pool:
        jobs = [pool.submit(feed, host, port, *load) for load in loads]
        return [job.result() for job in jobs]


def _feed_from(pool: ProcessPoolExecutor, loads: Sequence[Load], host: str, port: int) -> Sequence[Fed]:
    """Have each process feed its share of the connections."""
    jobs = [
        pool.submit(_feed_all, loads[at : at + CONNECTIONS_EACH], host, port)
        for at in range(0, len(loads), CONNECTIONS_EACH)
    ]
    return [fed for job in jobs for fed in job.result()]
