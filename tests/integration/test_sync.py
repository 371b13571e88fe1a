"""A new node fetches a chain from its peers, however often it is interrupted."""

from pathlib import Path

import pytest

from bench.chains import build_chain, fill
from node_process import NodeProcess, wait_for
from p2pchain.chain.network import LOCAL, Network
from p2pchain.sim.cluster import EASY_BITS

BLOCKS = 500
RECORDS = 10_000


def easy_network() -> Network:
    return Network(**{**LOCAL.values(), "name": "easy", "bits": EASY_BITS})  # type: ignore[arg-type]  # values of one file


@pytest.mark.slow
def test_a_new_node_fetches_500_blocks_with_10_000_transactions(tmp_path: Path) -> None:
    network = easy_network()
    staged = build_chain(network, BLOCKS, RECORDS)
    rules = tmp_path / "network.toml"
    rules.write_text(network.to_toml())
    policy = ["--mine", "off", "--network", str(rules)]
    for number in (1, 2):
        fill(tmp_path / str(number), network, staged)
    with (
        NodeProcess(tmp_path / "1", "127.0.0.1", *policy) as one,
        NodeProcess(tmp_path / "2", "127.0.0.2", *policy) as two,
        NodeProcess(
            tmp_path / "3", "127.0.0.3", *policy, "--peer", one.address, "--peer", two.address
        ) as new,
    ):
        wait_for(lambda: new.status().height > 0)
        new.kill()
        new.start()
        wait_for(lambda: new.status().height == BLOCKS)
        assert new.status().tip == staged[-1].block.hash == one.status().tip
        assert two.status().pending == new.status().pending == 0
        log = new.command("log", "--json").stdout.splitlines()
    assert len(log) == RECORDS
