"""What the tutorial that this grew from gets wrong: twelve faults, a test each."""

from pathlib import Path

import pytest

from node_process import NodeProcess, quick_network, wait_for
from p2pchain.chain import rules
from p2pchain.chain.block import Block
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.sim.checkers import check_chain
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.fields import WrongType
from p2pchain.wire.frame import FrameTooLong
from p2pchain.wire.message import encode
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.ping import Ping


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_01_every_node_of_a_network_begins_with_one_genesis() -> None:
    again = Network.parse(LOCAL.to_toml())
    assert again.genesis.hash == LOCAL.genesis.hash
    assert LOCAL.genesis.timestamp == LOCAL.genesis_time


def test_02_a_block_keeps_its_nonce_on_the_way(stage: Stage) -> None:
    _, block = stage.builder.block(stage.builder.genesis, [stage.builder.record()])
    received = Block.decode(block.encode(), stage.network.id)
    assert received.header.nonce == block.header.nonce
    rules.check_header_alone(received.header)


def test_03_checking_a_chain_changes_nothing_in_it() -> None:
    cluster = Cluster(3, 2)
    cluster.submit(0, "one")
    assert cluster.run_until_agreed()
    before = [block.encode() for block in cluster.hosts[1].disk.blocks()]
    assert before
    for _ in range(2):
        check_chain(cluster, cluster.hosts[1])
    assert [block.encode() for block in cluster.hosts[1].disk.blocks()] == before


def test_04_the_chain_with_more_work_wins_not_the_longer_one(stage: Stage) -> None:
    genesis = stage.builder.genesis
    tree = HeaderTree([genesis])

    def grow(parent: Entry, work: int) -> Entry:
        return tree.add(stage.builder.block(parent)[1].header, parent, parent.work + work, 0)

    heavy = grow(genesis, 100)
    light = grow(grow(grow(genesis, 1), 1), 1)
    assert light.height > heavy.height
    assert tree.best is heavy


def test_05_a_block_travels_further_than_one_hop() -> None:
    cluster = Cluster(5, 4, neighbours=1)
    cluster.links.cut(cluster.hosts[3], cluster.hosts[0])
    cluster.submit(0, "from one end to the other")
    assert cluster.run_until_agreed()
    assert len(cluster.hosts[3].disk.blocks()) == len(cluster.hosts[0].disk.blocks()) == 1


def test_06_a_record_is_its_author_s_and_reaches_every_pool() -> None:
    cluster = Cluster(6, 3, mean_search_ms=10_000_000)
    record = cluster.submit(0, "mine")
    cluster.world.run_until(20_000)
    assert [host.disk.pending() for host in cluster.hosts] == [[record]] * 3
    impostor = bytes([record.head.raw[0] ^ 1]) + record.head.raw[1:]
    with pytest.raises(rules.InvalidSignature):
        rules.check_signature(Transaction.from_parts(impostor, record.content, cluster.network.id))


def test_07_a_block_that_is_refused_is_refused_by_name(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    friend.say(NewBlock(block=b"not a block"))
    friend.wait(200)
    assert friend.farewell() == "malformed_block"
    assert host.running


def test_08_nothing_that_counts_is_a_float() -> None:
    frame = encode(Ping(nonce=1)).replace(b"\xa5nonce\x01", b"\xa5nonce\xcb" + bytes(8))
    grown = (len(frame) - 4).to_bytes(4, "big") + frame[4:]
    with pytest.raises(WrongType):
        list(Connection(Role.CONTROL).receive(grown))


def test_09_mining_does_not_keep_a_node_from_answering(tmp_path: Path) -> None:
    rules_file = tmp_path / "network.toml"
    endless = quick_network(hashes_per_block=2**60).to_toml().replace("search_rate = 100000\n", "")
    rules_file.write_text(endless)
    with NodeProcess(
        tmp_path / "node", "127.0.0.1", "--mine", "always", "--network", str(rules_file)
    ) as node:
        wait_for(lambda: node.status().hash_rate > 0)
        assert node.command("send", "while it mines").returncode == 0
        assert node.status().pending == 1


def test_10_who_loses_a_race_loses_no_record() -> None:
    cluster = Cluster(10, 2, mean_search_ms=300)
    cluster.cut_between([0], [1])
    for number in range(6):
        cluster.submit(number % 2, f"record {number}")
        cluster.world.run_until(cluster.world.ticks_ms + 1_000)
    assert cluster.hosts[0].tip != cluster.hosts[1].tip
    cluster.links.heal()
    assert cluster.run_until_agreed()
    chained = [transaction for block in cluster.hosts[0].disk.blocks() for transaction in block.transactions]
    assert sorted(each.txid for each in chained) == sorted(each.txid for each in cluster.submitted)


def test_11_a_kill_loses_nothing(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "127.0.0.1", "--mine", "off") as node:
        txid = node.command("send", "kept").stdout.strip()
        node.kill()
        node.start()
        assert node.status().pending == 1
        assert txid[:16] in node.command("pending").stdout


def test_12_input_is_bounded_and_reading_changes_nothing(stage: Stage) -> None:
    with pytest.raises(FrameTooLong):
        list(Connection(Role.PEER).receive((2**31).to_bytes(4, "big")))
    host = stage.host()
    host.submit(stage.builder.record())
    friend = stage.friend(host)
    friend.wait(500)
    before = (host.tip, host.disk.pending(), host.disk.last_event)
    friend.say(GetStatus(), GetPeers(), GetPending(limit=10), GetChain(locator=(), what="blocks", limit=10))
    friend.wait(500)
    assert (host.tip, host.disk.pending(), host.disk.last_event) == before
