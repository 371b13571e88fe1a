"""What a store goes through while its disk is recorded: records, blocks, reorganisations, forgetting, a restart.

Every commit makes a state; nobody may ever find anything on the disk but the newest state that was told, or the next.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from crash.recorder import Recorder, Told
from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.store import Store

WINDOW = 100_000
EVENTS = 100_000
BYTES = 2**40


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a store holds, as its users see it."""

    chain: tuple[bytes, ...]
    pending: tuple[bytes, ...]
    forgotten: tuple[bytes, ...]
    last_event: int
    events: bytes
    bodies: bytes


def state_of(store: Store) -> State:
    """Look at all of it."""
    with closing(store.reader()) as reader:
        restored = reader.restore(WINDOW)
        chain = tuple(stored.header.hash for stored in restored.recent)
        bodies = reader.load_blocks(chain, BYTES)
        events = reader.load_events(0, EVENTS)
        return State(
            chain=chain,
            pending=tuple(transaction.txid for transaction in reader.pending()),
            forgotten=tuple(sorted(restored.forgotten)),
            last_event=restored.last_event,
            events=sha256(repr(events).encode()).digest(),
            bodies=sha256(repr(bodies).encode()).digest(),
        )


class Story:
    """One course of events, decided by a seed, on a data directory that may hold a chain already."""

    def __init__(self, directory: Path, network: Network, recorder: Recorder, seed: int) -> None:
        self.states: list[State] = []
        self._directory = directory
        self._network = network
        self._recorder = recorder
        self._rng = random.Random(seed)  # noqa: S311  # decides what happens, guards nothing
        self._builder = ChainBuilder(network, seed)
        self._store = self._open()
        self._chain = self._stand()
        self._blocks: dict[bytes, Block] = {}
        self._wall_ms = 0

    def play(self, rounds: int) -> None:
        """Go through so many rounds, and close the store."""
        for round_ in range(rounds):
            self._wall_ms += 1
            records = [self._record() for _ in range(self._rng.randint(1, 4))]
            self._group(partial(self._store.writer.store_pending, records, (), self._wall_ms))
            if round_ % 3 == 2:
                self._group(self._evict)
            self._group(self._reorganise if round_ % 4 == 3 else self._mine)
            if round_ == rounds // 2:
                self._store.close()
                self._store = self._open()
            if round_ == rounds - 3:
                self._group(self._forget)
                self._store.writer.flush_log()
                self._store.writer.try_room()
        self._store.close()

    def _open(self) -> Store:
        store = Store(self._directory, self._network)
        if not self.states:
            self._tell(store)
        return store

    def _tell(self, store: Store) -> None:
        """Note what somebody relies on from now on."""
        self.states.append(state_of(store))
        self._recorder.record.append(Told(len(self.states) - 1))

    def _group(self, job: Callable[[], object]) -> None:
        with self._store.writer.group():
            job()
        self._tell(self._store)

    def _record(self) -> Transaction:
        return self._builder.record(self._rng.randbytes(self._rng.randint(1, 3_000)))

    def _stand(self) -> list[Entry]:
        """Find the chain that is there already."""
        entries = [self._builder.genesis]
        for stored in self._store.restore(WINDOW).recent[1:]:
            frontier = entries[-1].frontier.append(stored.header.hash)
            entries.append(Entry(stored.header, stored.work, stored.chain_time, frontier, entries[-1]))
        return entries

    def _waiting(self) -> Iterator[Transaction]:
        with closing(self._store.reader()) as reader:
            yield from reader.pending()[:4]

    def _stage(self, records: Sequence[Transaction]) -> StagedBlock:
        entry, block = self._builder.block(self._chain[-1], records)
        self._chain.append(entry)
        self._blocks[entry.hash] = block
        return StagedBlock(block, entry.work, entry.chain_time)

    def _mine(self) -> None:
        staged = self._stage(list(self._waiting()))
        self._store.writer.commit_chain([staged], (), [staged.block.hash], self._wall_ms)

    def _reorganise(self) -> None:
        """Exchange two blocks for three, of which one holds a record that stood there before, and one a new one."""
        *_, fork, below, tip = self._chain
        old = self._blocks[tip.hash]
        self._chain = [*_, fork]
        staged = [self._stage(old.transactions[:1]), self._stage([self._record()]), self._stage([])]
        new = [item.block.hash for item in staged]
        self._store.writer.commit_chain(staged, [tip.hash, below.hash], new, self._wall_ms)

    def _evict(self) -> None:
        """Have some leave for a newcomer, and others for their age."""
        newcomer = self._record()
        victims = [transaction.txid for transaction in self._waiting()][:1]
        self._store.writer.store_pending([newcomer], [(newcomer.txid, victims)], self._wall_ms)
        self._store.writer.expire_pending(self._wall_ms)

    def _forget(self) -> None:
        blocks = [self._blocks[entry.hash] for entry in self._chain if entry.hash in self._blocks]
        chained = [each for block in blocks for each in block.transactions]
        self._store.writer.forget_contents([each.txid for each in chained[-2:]])
