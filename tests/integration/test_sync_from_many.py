"""A new node with four peers, of which one stalls, one lies and one is killed half way, ends where it should."""

import json
from pathlib import Path

import pytest

from bench.bad_sources import LIE_BLOCKS, swapped_bodies
from bench.chains import build_chain, fill
from false_peer import FalsePeer
from node_process import NodeProcess, run_command, wait_for
from p2pchain.chain.network import LOCAL, Network
from p2pchain.node.limits import BLOCKS_IN_FLIGHT_FIRST, BLOCKS_IN_FLIGHT_PER_PEER
from p2pchain.sim.cluster import EASY_BITS
from p2pchain.wire.messages.get_blocks import GetBlocks
from wire_proxy import WireProxy

BLOCKS = 600
RECORDS = 9_000
# So slow that the kill comes half way, and that one good peer alone would take some seconds.
BYTES_PER_S = 1_000_000


def asked(peer: FalsePeer) -> list[bytes]:
    return [each for message in peer.heard if isinstance(message, GetBlocks) for each in message.hashes]


@pytest.mark.slow
def test_a_node_syncs_though_three_of_its_four_peers_are_no_good(tmp_path: Path) -> None:
    network = Network(**{**LOCAL.values(), "name": "many", "bits": EASY_BITS})  # type: ignore[arg-type]  # of one file
    staged = build_chain(network, BLOCKS, RECORDS)
    headers = [item.block.header for item in staged]
    for name in ("good", "killed"):
        fill(tmp_path / name, network, staged)
    rules = tmp_path / "network.toml"
    rules.write_text(network.to_toml())
    policy = ["--mine", "off", "--network", str(rules)]
    with (
        NodeProcess(tmp_path / "good", "127.0.0.1", *policy) as good,
        NodeProcess(tmp_path / "killed", "127.0.0.3", *policy) as killed,
        WireProxy(("127.0.0.1", good.port), "127.0.0.6", BYTES_PER_S) as slow_good,
        WireProxy(("127.0.0.3", killed.port), "127.0.0.7", BYTES_PER_S) as slow_killed,
        FalsePeer("127.0.0.4", network, headers, lambda _: None) as stalls,
        FalsePeer("127.0.0.5", network, headers, swapped_bodies(staged).get, LIE_BLOCKS) as lies,
    ):
        addresses = [lies.address, stalls.address, slow_killed.address, slow_good.address]
        peers = [word for address in addresses for word in ("--peer", address)]
        with NodeProcess(tmp_path / "new", "127.0.0.2", *policy, *peers) as new:
            wait_for(lambda: new.status().height >= BLOCKS // 4)
            killed.kill()
            assert new.status().height < BLOCKS
            wait_for(lambda: new.status().height == BLOCKS)
            assert new.status().tip == staged[-1].block.hash
            said = new.log.read_text()
    assert f"{lies.address}: closing (wrong_merkle_root)" in said
    assert f"{stalls.address}: closing" not in said
    assert 0 < len(set(asked(stalls))) <= BLOCKS_IN_FLIGHT_FIRST * 2
    assert 0 < len(asked(lies)) <= BLOCKS_IN_FLIGHT_PER_PEER
    checked = run_command("check", "--json", "--data", str(tmp_path / "new"))
    counts = {"height": BLOCKS, "transactions": RECORDS, "forgotten": 0, "withheld": 0}
    assert json.loads(checked.stdout) == counts
