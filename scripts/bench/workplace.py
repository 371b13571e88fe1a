"""Where benches work: a directory that goes away, a network whose blocks cost nothing, nodes that are watched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.probed import LONGEST, STALL_FILE
from node_process import NodeProcess
from p2pchain.chain import keys
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.transaction import Transaction
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import EASY_BITS

CONTENT_BYTES = 250
SALT_BYTES = 16
EASY = replace(LOCAL, name="bench", bits=EASY_BITS)
PROBED = Path(__file__).with_name("probed.py")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is measured, and how often."""

    runs: int = 5
    records: int = 40_000
    blocks: int = 50
    records_per_block: int = 1_000
    indexed: int = 2_000_000
    empty_blocks: int = 100_000
    long_chain: int = 200_000
    short_chain: int = 2_000
    relayed_blocks: int = 20
    cluster_records: int = 40_000
    simulated_nodes: int = 1_000
    simulated_records: int = 1_000


class Workplace:
    """What the benches share. `stalls_ms` are the longest by bench; `own_stalls_ms` those less waiting for a core."""

    def __init__(self, directory: Path, scale: Scale, network: Network = EASY) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.scale = scale
        self.network = network
        self.rules = directory / "network.toml"
        self.rules.write_text(self.network.to_toml())
        self.stalls_ms: dict[str, float] = {}
        self.own_stalls_ms: dict[str, float] = {}
        self._builder = ChainBuilder(self.network, 1)
        self._records: list[Transaction] = []

    def records(self, count: int) -> list[Transaction]:
        """Give so many signed records; the same ones at each call, for signing takes longer than checking."""
        payload = bytes(CONTENT_BYTES - SALT_BYTES)
        while len(self._records) < count:
            self._records.append(self._builder.record(payload))
        return self._records[:count]

    def checks(self, count: int) -> list[keys.Check]:
        """Give the signature checks of so many records."""
        return [(each.author, each.txid, each.head.signature) for each in self.records(count)]

    @contextmanager
    def fresh(self, name: str) -> Iterator[Path]:
        """Lend a new directory."""
        path = self.directory / name
        path.mkdir()
        try:
            yield path
        finally:
            shutil.rmtree(path)

    @contextmanager
    def node(self, bench: str, directory: Path, host: str, *arguments: str) -> Iterator[NodeProcess]:
        """Run a node, and note the longest stall of its loop from the moment at which it listens."""
        stall = directory / "stall"
        policy = ["--network", str(self.rules), *arguments]
        node = NodeProcess(directory, host, *policy, program=PROBED, environment={STALL_FILE: str(stall)})
        with node:
            _reset(stall)
            yield node
        self._note(bench, *LONGEST.unpack(stall.read_bytes()))

    def _note(self, bench: str, longest_s: float, own_s: float) -> None:
        self.stalls_ms[bench] = max(self.stalls_ms.get(bench, 0.0), longest_s * 1000)
        self.own_stalls_ms[bench] = max(self.own_stalls_ms.get(bench, 0.0), own_s * 1000)


def _reset(path: Path) -> None:
    """Write in place: the file is mapped by the node."""
    with path.open("r+b") as file:
        file.write(LONGEST.pack(0, 0))
