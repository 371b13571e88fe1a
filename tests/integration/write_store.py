"""Writes into a data directory until it is killed, and says in one line what each group has put on disk.

Arguments: the directory, a seed. Records are accepted and mined, and now and then the tip is exchanged for two blocks.
"""

import json
import random
import sys
from pathlib import Path

from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.store import Store

WINDOW = 1_000_000
REORGANISE_EVERY = 4


def chain_on_disk(store: Store, builder: ChainBuilder) -> list[Entry]:
    entries = [builder.genesis]
    for stored in store.restore(WINDOW).recent[1:]:
        frontier = entries[-1].frontier.append(stored.header.hash)
        entries.append(Entry(stored.header, stored.work, stored.chain_time, frontier, entries[-1]))
    return entries


def extend(builder: ChainBuilder, parent: Entry, records: list[Transaction]) -> tuple[Entry, StagedBlock]:
    entry, block = builder.block(parent, records)
    return entry, StagedBlock(block, entry.work, entry.chain_time)


def write(store: Store, builder: ChainBuilder, rng: random.Random) -> None:
    entries = chain_on_disk(store, builder)
    reader = store.reader()
    step = 0
    while True:
        step += 1
        accepted = [builder.record(rng.randbytes(rng.randint(1, 2_000))) for _ in range(rng.randint(1, 5))]
        waiting = list(reader.pending())[:6]
        reorganise = step % REORGANISE_EVERY == 0 and len(entries) > 1
        revert = [entries.pop().hash] if reorganise else []
        first, block = extend(builder, entries[-1], waiting)
        second, top = extend(builder, first, accepted[:1] if reorganise else [])
        with store.writer.group():
            store.writer.store_pending(accepted, (), 0)
            staged = [block, top] if reorganise else [block]
            store.writer.commit_chain(staged, revert, [item.block.hash for item in staged], 0)
        entries += [first, second] if reorganise else [first]
        said = {
            "accepted": [record.txid.hex() for record in accepted],
            "height": entries[-1].height,
            "last_event": store.writer.last_event,
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    network = simulated_network()
    write(
        Store(Path(sys.argv[1]), network), ChainBuilder(network, int(sys.argv[2])), random.Random(sys.argv[2])
    )
