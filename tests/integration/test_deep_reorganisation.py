"""A reorganisation deeper than everything that a node holds in memory: all of it or nothing, and in bounded memory."""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgpack
import pytest

from bench.chains import fill
from node_process import NodeProcess, run_command, wait_for
from p2pchain.chain.network import LOCAL
from p2pchain.node.actions import StagedBlock
from p2pchain.node.limits import WINDOW_BLOCKS
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import EASY_BITS
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME

NETWORK = replace(LOCAL, name="deep", bits=EASY_BITS)
DEPTH = WINDOW_BLOCKS + 400
LEAD = 50
MEMORY_MIB = 400
FREEZING = Path(__file__).with_name("freezing_node.py")


@dataclass(frozen=True)
class Scene:
    """Two branches, the data directory with the shorter one, and a running node that has the longer one."""

    old: list[StagedBlock]
    new: list[StagedBlock]
    home: Path
    policy: list[str]


@contextmanager
def scene(place: Path, depth: int, payload_bytes: int) -> Iterator[Scene]:
    old, new = branch(1, depth, payload_bytes), branch(2, depth + LEAD, payload_bytes)
    fill(place / "old", NETWORK, old)
    fill(place / "new", NETWORK, new)
    rules = place / "network.toml"
    rules.write_text(NETWORK.to_toml())
    policy = ["--mine", "off", "--network", str(rules)]
    with NodeProcess(place / "new", "127.0.0.2", *policy) as source:
        yield Scene(old, new, place / "old", [*policy, "--peer", source.address])


def branch(seed: int, count: int, payload_bytes: int) -> list[StagedBlock]:
    """Blocks from genesis on, with a record each."""
    builder = ChainBuilder(NETWORK, seed)
    parent, staged = builder.genesis, []
    for _ in range(count):
        parent, block = builder.block(parent, [builder.record(bytes(payload_bytes))])
        staged.append(StagedBlock(block, parent.work, parent.chain_time))
    return staged


def memory_peak_mib(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def check_events(reader: Reader, old: list[StagedBlock], new: list[StagedBlock]) -> None:
    """After the old branch: all of it undone, tip first, then the new one connected, lowest first."""
    events = reader.load_events(len(old), 10 * len(new))
    assert [event.number for event in events] == list(range(len(old) + 1, len(old) + 1 + len(events)))
    told = [(event.kind, msgpack.unpackb(event.data)["hash"]) for event in events if event.kind != "evicted"]
    undone = [("undone", item.block.hash) for item in reversed(old)]
    assert told == undone + [("connected", item.block.hash) for item in new]


@pytest.mark.slow
def test_a_reorganisation_of_more_than_is_in_memory_happens_at_once(tmp_path: Path) -> None:
    with scene(tmp_path, DEPTH, 100) as play:
        between = {item.block.hash for item in play.new[: DEPTH - 1]}
        with (
            NodeProcess(play.home, "127.0.0.1", *play.policy) as node,
            closing(Reader(play.home / FILE_NAME, NETWORK)) as reader,
        ):
            seen: set[bytes] = set()

            def arrived() -> bool:
                tip = reader.at_height(reader.tip_height())
                assert tip is not None
                seen.add(tip.header.hash)
                return tip.header.hash == play.new[-1].block.hash

            wait_for(arrived)
            assert not seen & between
            assert not seen & {item.block.hash for item in play.old[:-1]}
            check_events(reader, play.old, play.new)
            records = [transaction for item in play.old for transaction in item.block.transactions]
            assert [each.txid for each in reader.pending()] == [each.txid for each in records]
            wait_for(lambda: node.status().pending == len(records))
            assert f"reorganised: {DEPTH} blocks off" in node.log.read_text()
            node.kill()
            node.start("--mine", "auto")
            wait_for(lambda: node.status().pending == 0)


@pytest.mark.slow
def test_it_does_not_need_the_memory_of_both_branches(tmp_path: Path) -> None:
    """Two of 100 MB: what returns to the pool is one of them; what waits for its commit, and caches, have bounds."""
    with (
        scene(tmp_path, DEPTH, 40_000) as play,
        NodeProcess(play.home, "127.0.0.1", *play.policy) as node,
    ):
        wait_for(lambda: node.status().tip == play.new[-1].block.hash)
        assert memory_peak_mib(node.pid) < MEMORY_MIB


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["write", "sync"])
def test_a_kill_in_the_middle_of_it_leaves_all_or_nothing(tmp_path: Path, moment: str) -> None:
    frozen = tmp_path / "frozen"
    environment = {"P2PCHAIN_TEST_FREEZE_AT": moment, "P2PCHAIN_TEST_FROZEN": str(frozen)}
    with scene(tmp_path, DEPTH, 0) as play:
        with NodeProcess(
            play.home, "127.0.0.1", *play.policy, program=FREEZING, environment=environment
        ) as node:
            wait_for(frozen.exists)
            assert node.status().tip == play.old[-1].block.hash
            node.kill()
        with closing(Reader(play.home / FILE_NAME, NETWORK)) as reader:
            height, last_event = reader.tip_height(), reader.last_event()
            tip = reader.at_height(height)
            assert tip is not None
            if moment == "write":
                assert (tip.header.hash, last_event) == (play.old[-1].block.hash, DEPTH)
                assert reader.pending() == ()
            else:
                assert tip.header.hash == play.new[height - 1].block.hash
                assert last_event == 2 * DEPTH + height
        with NodeProcess(play.home, "127.0.0.1", *play.policy) as node:
            wait_for(lambda: node.status().tip == play.new[-1].block.hash)
            node.stop()
        with closing(Reader(play.home / FILE_NAME, NETWORK)) as reader:
            check_events(reader, play.old, play.new)
    checked = run_command("check", "--json", "--data", str(play.home))
    assert json.loads(checked.stdout)["height"] == len(play.new), checked.stderr
