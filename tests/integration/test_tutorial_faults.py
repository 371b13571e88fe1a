"""What the tutorial that this grew from gets wrong: twelve faults, a test each."""

import json
import struct
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw
import msgpack
import pytest

from bench.chains import fill
from node_process import NodeProcess, quick_network, wait_for
from p2pchain.chain import rules
from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.stage import Stage
from p2pchain.store.audit import Checked, audit
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import decode
from p2pchain.wire.fields import Uint, WrongType
from p2pchain.wire.frame import FrameTooLong
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.new_block import NewBlock

EXAMPLES = json.loads((Path(__file__).parents[1] / "vectors" / "messages.json").read_text("utf-8"))
GENESIS = (
    "00000001000000000000000000000000000000000000000000000000000000000000000000000000b7c1ae1f41466ecf"
    "285711901c4daa63d71d4e06da524402099e0c1944be00760000019b76daa8001e29f16b0000000000000000"
)


def dump(file: Path) -> bytes:
    """A database, byte for byte, its log included."""
    with closing(apsw.Connection(str(file))) as connection:
        return connection.serialize("main")


def idle(header: Header) -> Header:
    """The same header with a nonce that does not meet the target."""
    while header.meets_target():
        header = header.with_nonce(header.nonce + 1)
    return header


def is_uint(example: dict[str, Any], name: str) -> bool:
    """Whether a field of a message is a whole number."""
    return isinstance(MESSAGES[example["message"]].FIELDS[name], Uint)


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


def test_03_checking_a_chain_gives_a_verdict_and_changes_nothing_in_it(tmp_path: Path, stage: Stage) -> None:
    staged = stage.builder.chain(stage.builder.genesis, [1, 0, 2])
    fill(tmp_path, stage.network, staged)
    file = tmp_path / FILE_NAME
    before = dump(file)
    with closing(Reader(file, stage.network)) as reader:
        verdicts = [list(audit(reader, stage.network)) for _ in range(2)]
    assert verdicts == [[Checked(1, 1), Checked(2, 1), Checked(3, 3)]] * 2
    assert dump(file) == before
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute("UPDATE block SET work = x'01' WHERE height = 2")
    with closing(Reader(file, stage.network)) as reader, pytest.raises(StoreDamaged, match="block 2"):
        list(audit(reader, stage.network))


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


@pytest.mark.parametrize(
    "fault",
    [
        "malformed_block",
        "insufficient_work",
        "wrong_merkle_root",
        "wrong_chain_work",
        "duplicate_transaction",
    ],
)
def test_07_a_block_that_is_refused_is_refused_by_name(stage: Stage, fault: str) -> None:
    """Whether for its bytes, its header, its body, its ancestors, or for what stands in the chain already."""
    host = stage.host()
    record = stage.builder.record()
    parent, first = stage.builder.block(stage.builder.genesis, [record])
    _, next_ = stage.builder.block(parent)
    _, repeated = stage.builder.block(parent, [record])
    poor = replace(parent, work=parent.work + 1)
    refused = {
        "malformed_block": b"not a block",
        "insufficient_work": Block(idle(next_.header), next_.coinbase, ()).encode(),
        "wrong_merkle_root": Block(next_.header, next_.coinbase, (stage.builder.record(),)).encode(),
        "wrong_chain_work": stage.builder.block(poor)[1].encode(),
        "duplicate_transaction": repeated.encode(),
    }
    friend, other = stage.friend(host), stage.friend(host)
    friend.say(NewBlock(block=first.encode()))
    friend.wait(300)
    friend.say(NewBlock(block=refused[fault]))
    friend.wait(300)
    assert friend.farewell() == fault
    assert host.tip == first.hash
    other.say(NewBlock(block=next_.encode()))
    other.wait(300)
    assert host.tip == next_.hash


def test_08_nothing_that_counts_is_a_float() -> None:
    """Numbers in messages are whole, and what is hashed is bytes in one fixed form, the same in any language."""
    numbers = [
        (each, name) for each in EXAMPLES for name in MESSAGES[each["message"]].FIELDS if is_uint(each, name)
    ]
    assert len(numbers) > 20
    for example, name in numbers:
        kind, fields = msgpack.unpackb(bytes.fromhex(example["body"]))
        body = msgpack.packb([kind, {**fields, name: float(fields[name])}])
        with pytest.raises(WrongType, match=name):
            decode(MESSAGES[kind], body)
    assert LOCAL.genesis.encode().hex() == GENESIS
    assert LOCAL.genesis.hash == sha256(bytes.fromhex(GENESIS)).digest()
    for place in ("timestamp", "height", "bits", "nonce"):
        with pytest.raises(struct.error):
            replace(LOCAL.genesis, **{place: 1.5})  # type: ignore[arg-type]  # the fault


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
        chained = node.command("send", "in the chain").stdout.strip()
        assert node.command("mine").returncode == 0
        pending = node.command("send", "pending").stdout.strip()
        before = node.status()
        node.kill()
        node.start()
        after = node.status()
        assert (after.height, after.tip, after.pending) == (1, before.tip, 1)
        assert after.last_event == before.last_event
        assert chained in node.command("log", "--json").stdout
        assert pending[:16] in node.command("pending").stdout


def test_12_input_is_bounded_and_reading_changes_nothing(stage: Stage) -> None:
    with pytest.raises(FrameTooLong):
        list(Connection(Role.PEER).receive((2**31).to_bytes(4, "big")))
    host = stage.host()
    host.submit(stage.builder.record())
    friend, other = stage.friend(host), stage.friend(host)
    friend.wait(500)

    def state() -> tuple[object, ...]:
        status = replace(host.node.status(host.now()), time=0, peers_time=0, peers=0)
        return host.tip, host.disk.pending(), host.disk.last_event, status

    before = state()
    friend.say(GetStatus(), GetPeers(), GetPending(limit=10), GetChain(locator=(), what="blocks", limit=10))
    friend.wait(500)
    assert state() == before
    other.say(Mine())
    other.wait(5_000)
    assert other.farewell() == "out_of_order"
    assert state() == before
