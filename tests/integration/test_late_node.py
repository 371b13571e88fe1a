"""A node that comes late, and is killed again and again on its way, goes on from where it stood."""

import json
from pathlib import Path

import pytest

from bench.chains import build_chain, fill
from node_process import NodeProcess, run_command, wait_for
from p2pchain.chain.network import LOCAL, Network
from p2pchain.sim.cluster import EASY_BITS
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.wire.messages.get_chain import GetChain
from wire_proxy import WireProxy

BLOCKS = 2_000
RECORDS = 20_000
KILLS_AT = (250, 500, 750, 1_000, 1_250)
KILL_BELOW = 1_800
# So slow that a kill finds it where it should: the whole chain in a few seconds.
BYTES_PER_S = 2_000_000


def stored_height(directory: Path, network: Network) -> int:
    """How high the chain is on disk, read as anyone may beside a node or after it."""
    reader = Reader(directory / FILE_NAME, network)
    try:
        return reader.tip_height()
    finally:
        reader.close()


def reach(node: NodeProcess, height: int) -> int:
    """Wait until a node is so high; how high it is then."""

    def reached() -> int:
        now = node.status().height
        return now if now >= height else 0

    return wait_for(reached)


@pytest.mark.slow
def test_five_kills_never_send_a_late_node_back(tmp_path: Path) -> None:
    network = Network(**{**LOCAL.values(), "name": "late", "bits": EASY_BITS})  # type: ignore[arg-type]  # of one file
    staged = build_chain(network, BLOCKS, RECORDS)
    heights = {item.block.hash: item.block.height for item in staged} | {network.genesis.hash: 0}
    fill(tmp_path / "source", network, staged)
    rules = tmp_path / "network.toml"
    rules.write_text(network.to_toml())
    policy = ["--mine", "off", "--network", str(rules)]
    stored = [0]
    with (
        NodeProcess(tmp_path / "source", "127.0.0.1", *policy) as source,
        WireProxy(("127.0.0.1", source.port), "127.0.0.3", BYTES_PER_S) as proxy,
        NodeProcess(tmp_path / "late", "127.0.0.2", *policy, "--peer", proxy.address) as late,
    ):
        for height in KILLS_AT:
            seen = reach(late, height)
            late.kill()
            assert 200 <= seen <= KILL_BELOW
            stored.append(stored_height(late.directory, network))
            assert stored[-1] >= seen
            late.start()
        wait_for(lambda: late.status().height == BLOCKS)
        assert late.status().tip == source.status().tip == staged[-1].block.hash
    first_asked = [
        next(message.locator[0] for message in said if isinstance(message, GetChain))
        for said in proxy.heard
        if any(isinstance(message, GetChain) for message in said)
    ]
    assert len(first_asked) == len(stored)
    assert all(heights[asked] >= at for asked, at in zip(first_asked, stored, strict=True))
    assert stored == sorted(set(stored))
    checked = run_command("check", "--json", "--data", str(late.directory))
    counts = {"height": BLOCKS, "transactions": RECORDS, "forgotten": 0, "withheld": 0}
    assert json.loads(checked.stdout) == counts
