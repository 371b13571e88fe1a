"""What the vectors reject is refused by a running node, by name, over a real socket; its honest version is taken."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest

from node_process import NodeProcess, wait_for
from p2pchain.chain.block import header_of
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

FOLDER = Path(__file__).parents[1] / "vectors" / "rules"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.iterdir())}
LIAR, HONEST = "127.0.0.66", "127.0.0.7"
# A node looks a header's parent up by its hash: one that names another stands on nothing known, or too high. What is
# shorter than any transaction is refused with the message that carries it.
SAID = {
    "malformed_transaction: no bytes": "out_of_bounds",
    "malformed_transaction: nil in place of the head": "out_of_bounds",
    "wrong_parent: zeroes in place of the parent": "unconnected_headers",
    "wrong_parent: the parent's parent in place of the parent": "wrong_height",
}
ASKING: tuple[type[Message], ...] = (GetBlocks, GetChain)
# What says nothing about the header, whose own body may still come.
BODY_ALONE = {"wrong_merkle_root", "content_mismatch"}
M = TypeVar("M", bound=Message)
Case = dict[str, Any]


class Visitor:
    """A peer on an address of its own, that has said hello; `work` is what it says of its chain."""

    def __init__(self, node: NodeProcess, network: Network, host: str, work: int = 0) -> None:
        self._wire = Connection(Role.PEER)
        self._heard: list[Message] = []
        self._socket = socket.create_connection((node.host, node.port), 10, (host, 0))
        genesis = network.genesis
        tip = bytes(32) if work else genesis.hash
        claim = (work or genesis.work).to_bytes(32, "big")
        self.say(
            Hello(
                protocol=1,
                network=network.id,
                agent="visitor",
                node=socket.inet_aton(host) * 4,
                listen=1,
                height=0,
                tip=tip,
                work=claim,
                time=genesis.timestamp,
            )
        )

    def __enter__(self) -> Self:
        self.hear(Hello)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._socket.close()

    def say(self, message: Message) -> None:
        self._socket.sendall(encode(message))

    def hear(self, kind: type[M] | tuple[type[M], ...]) -> M:
        """Listen until a message of a kind, or of one of some, comes, and forget what came before it."""
        while True:
            while self._heard:
                message = self._heard.pop(0)
                if isinstance(message, kind):
                    return message
                assert not isinstance(message, Bye), message
            data = self._socket.recv(65536)
            assert data, f"the node hung up where {kind} was expected"
            self._heard += [incoming.message for incoming in self._wire.receive(data)]

    def is_there(self) -> bool:
        """Whether the node still answers."""
        self.say(Ping(nonce=7))
        return self.hear(Pong).nonce == 7


def network_of(name: str) -> Network:
    return Network(**FILES[name]["network"])


@pytest.fixture
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NodeProcess]:
    network_file = tmp_path / "network.toml"
    network_file.write_text(network_of(request.param).to_toml(), "utf-8")
    arguments = ("--mine", "off", "--network", str(network_file))
    with NodeProcess(tmp_path / "node", "127.0.0.1", *arguments) as process:
        yield process


def offer(node: NodeProcess, network: Network, case: Case) -> str | None:
    """Have a liar send what a case is; the code that it hears, or None where the node goes on talking to it."""
    raw = bytes.fromhex(case["bytes"])
    with Visitor(node, network, LIAR, 2**200 if case["kind"] == "header" else 0) as liar:
        if case["kind"] == "header":
            liar.hear(GetChain)
            height = case["below"] + 1
            liar.say(Chain(what="headers", start=height, items=(raw,), height=height, tip=bytes(32)))
        elif case["kind"] == "block":
            liar.say(NewBlock(block=raw))
        else:
            liar.say(NewTx(transactions=(raw,), ack=False))
        if case["error"] == "future_header":
            assert liar.is_there()
            return None
        return liar.hear(Bye).code


def still_holds(node: NodeProcess, network: Network, header: Header, child: bytes) -> bool:
    """Whether a node holds a header: told of its child it asks for bodies, where it would ask for headers if not."""
    with Visitor(node, network, HONEST) as other:
        other.say(NewBlock(header=child))
        asked = other.hear(ASKING)
        return isinstance(asked, GetBlocks) and header.hash in asked.hashes


def give_block(node: NodeProcess, network: Network, encoded: bytes) -> None:
    """Have an honest peer give a block, which becomes the tip."""
    with Visitor(node, network, HONEST) as honest:
        honest.say(NewBlock(block=encoded))
        tip = header_of(encoded).hash
        wait_for(lambda: node.status().tip == tip, 10)


def give_transaction(node: NodeProcess, network: Network, encoded: bytes, before: set[bytes]) -> None:
    """Have an honest peer give a transaction; the node takes it, unless it did so before."""
    txid = Transaction.decode(encoded, network.id).txid
    with Visitor(node, network, HONEST) as honest:
        honest.say(NewTx(transactions=(encoded,), ack=True))
        assert honest.hear(GotTx) == GotTx(txids=(txid,), codes=("known" if txid in before else "accepted",))
    before.add(txid)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "node"), [(name, name) for name in FILES], indirect=["node"])
def test_what_is_rejected_is_named_and_its_honest_version_taken(name: str, node: NodeProcess) -> None:
    network = network_of(name)
    chain = [bytes.fromhex(block) for block in FILES[name]["chain"]]
    taken: set[bytes] = set()
    height = 0
    for case in FILES[name]["cases"]:
        if case["error"] is None:
            continue
        where = f"{case['rule']}: {case['about']}"
        for encoded in chain[height : case["below"]]:
            give_block(node, network, encoded)
        height = case["below"]
        before = node.status()
        said = None if case["error"] == "future_header" else SAID.get(where, case["error"])
        assert offer(node, network, case) == said, where
        after = node.status()
        assert (after.tip, after.height, after.pending) == (before.tip, height, before.pending), where
        if case["kind"] == "transaction":
            give_transaction(node, network, bytes.fromhex(case["honest"]), taken)
        else:
            if case["error"] in BODY_ALONE and height + 1 < len(chain):
                child = header_of(chain[height + 1]).encode()
                assert still_holds(node, network, header_of(chain[height]), child), where
            give_block(node, network, chain[height])
            height += 1
