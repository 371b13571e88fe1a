"""Contents that a miner hides, between real nodes: from all, from all but one, and until work buries them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from false_peer import FalsePeer, nothing
from node_process import NodeProcess, quick_network, run_command, wait_for
from p2pchain.chain.network import Network
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder

DEPTH = 3
RECORDS = (1, 2)


class Hidden:
    """A chain whose second block is the last of `RECORDS`, its contents hidden, and under as much work as buries it."""

    def __init__(self, directory: Path) -> None:
        """Mine it, on a network of its own."""
        self.network: Network = replace(quick_network(hashes_per_block=200), forget_depth=DEPTH)
        builder = ChainBuilder(self.network, 1)
        self.chain: list[StagedBlock] = builder.chain(builder.genesis, [*RECORDS, *[0] * DEPTH])
        self.block = self.chain[1].block
        self.contents = {each.txid: each.content for each in self.block.transactions}
        self._bodies = {item.block.hash: item.block.encode() for item in self.chain}
        bare = self.block.with_contents(dict.fromkeys(range(len(self.contents))))
        self._bodies[self.block.hash] = bare.encode()
        rules = directory / "network.toml"
        rules.write_text(self.network.to_toml())
        self.policy = ["--network", str(rules), "--mine", "off"]

    def teller(
        self, host: str, height: int = len(RECORDS), content: Callable[[bytes], bytes | None] = nothing
    ) -> FalsePeer:
        """Tell of its blocks up to a height, and of hidden contents what `content` gives."""
        headers = [item.block.header for item in self.chain[:height]]
        return FalsePeer(host, self.network, headers, self._bodies.get, content=content)

    @contextmanager
    def node(self, directory: Path, host: str, *peers: str) -> Iterator[NodeProcess]:
        """Run a node that dials some peers, and mines on demand only."""
        dialled = [word for address in peers for word in ("--peer", address)]
        with NodeProcess(directory, host, *self.policy, *dialled) as node:
            yield node

    def waits(self, node: NodeProcess, start: int = 0) -> bool:
        """Whether a node has said, since its log was so long, that it waits for the contents."""
        name = self.block.hash.hex()[:16]
        said = f"block 2 {name}: nobody has {RECORDS[1]} of its contents; it waits"
        return said.encode() in node.log.read_bytes()[start:]


@pytest.fixture
def hidden(tmp_path: Path) -> Hidden:
    return Hidden(tmp_path)


def said(node: NodeProcess, *arguments: str) -> str:
    result = node.command(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_what_is_hidden_from_all_stays_out_and_the_others_mine_on(tmp_path: Path, hidden: Hidden) -> None:
    with (
        hidden.teller("127.0.0.9") as hider,
        hidden.node(tmp_path / "one", "127.0.0.1", hider.address) as one,
        hidden.node(tmp_path / "two", "127.0.0.2", hider.address, one.address) as two,
    ):
        wait_for(lambda: hidden.waits(one) and hidden.waits(two))
        assert {one.status().height, two.status().height} == {1}
        assert "waiting  for contents of 1 block" in said(one, "status")
        for record in ("first", "second"):
            said(one, "send", record)
            said(one, "mine")
        wait_for(lambda: two.status().height == len(RECORDS) + 1)
        assert said(two, "log") == said(one, "log")
        assert said(one, "log").splitlines()[-2:] == ["first", "second"]
        assert one.command("block", hidden.block.hash.hex()).returncode == 1


def test_what_is_shown_to_one_spreads_to_those_who_wait_also_after_a_kill(
    tmp_path: Path, hidden: Hidden
) -> None:
    with (
        hidden.teller("127.0.0.9") as hider,
        hidden.teller("127.0.0.10", content=hidden.contents.get) as shows,
        hidden.node(tmp_path / "one", "127.0.0.1", hider.address) as one,
        hidden.node(tmp_path / "two", "127.0.0.2", hider.address, one.address) as two,
    ):
        wait_for(lambda: hidden.waits(one) and hidden.waits(two))
        one.kill()
        start = one.log.stat().st_size
        one.start()
        wait_for(lambda: hidden.waits(one, start))
        assert {one.status().height, two.status().height} == {1}
        with hidden.node(tmp_path / "told", "127.0.0.3", shows.address, two.address) as told:
            nodes = one, two, told
            wait_for(lambda: {node.status().tip for node in nodes} == {hidden.block.hash})
            assert len({said(node, "log", "--json") for node in nodes}) == 1
            assert '"absence": null' in said(one, "log", "--json")
            assert '"withheld"' not in said(one, "log", "--json")
            assert "waiting" not in said(one, "status")


def test_what_work_has_buried_is_taken_in_without_also_by_a_new_node_and_after_a_kill(
    tmp_path: Path, hidden: Hidden
) -> None:
    tip = hidden.chain[-1].block.hash
    buried = b"buried, and connected without some of its contents: they are withheld"
    with (
        hidden.teller("127.0.0.9", height=len(hidden.chain) - 1) as hider,
        hidden.node(tmp_path / "one", "127.0.0.1", hider.address) as one,
    ):
        wait_for(lambda: hidden.waits(one))
        assert one.status().height == 1
        with hidden.teller("127.0.0.10", height=len(hidden.chain)) as buries:
            said(one, "peers", "add", buries.address)
            wait_for(lambda: one.status().tip == tip)
        assert buried in one.log.read_bytes()
        one.kill()
        start = one.log.stat().st_size
        one.start()
        with hidden.node(tmp_path / "new", "127.0.0.2", one.address) as new:
            wait_for(lambda: new.status().tip == tip)
            assert buried in new.log.read_bytes()
            assert said(new, "log", "--json") == said(one, "log", "--json")
            shown_as_withheld(new, hidden)
        assert b"contents" not in one.log.read_bytes()[start:]
    checked = run_command("check", "--data", str(tmp_path / "one"))
    assert checked.stdout == "sound: 5 blocks, 3 transactions, 2 contents withheld\n"


def shown_as_withheld(node: NodeProcess, hidden: Hidden) -> None:
    """See that a node names what it never held, and no other record, as withheld."""
    logged = [json.loads(line) for line in said(node, "log", "--json").splitlines()]
    why = {each["txid"]: each["absence"] for each in logged}
    others = [each.txid.hex() for each in hidden.chain[0].block.transactions]
    names = [txid.hex() for txid in hidden.contents]
    assert why == dict.fromkeys(others) | dict.fromkeys(names, "withheld")
    assert node.command("log").stderr == "2 records without content: 2 withheld\n"
    assert said(node, "block", "2").count("\twithheld\n") == len(names)
    assert "withheld" not in said(node, "block", "1")
    assert "payload  withheld: nobody had it" in said(node, "tx", names[0])
